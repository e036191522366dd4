"""Text that stands out too little from its ground (WCAG 2.2, 1.4.3), as a script for a browser."""

CONTRAST = """
const lum = ([r, g, b]) => {
  const f = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  return .2126 * f(r) + .7152 * f(g) + .0722 * f(b);
};
const rgb = s => {
  const n = s.match(/[\\d.]+/g).map(Number);
  return s.startsWith('color(srgb') ? n.map((c, i) => i < 3 ? 255 * c : c) : n;
};
const ground = e => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c;
  }
  return [255, 255, 255];
};
const said = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
return [...document.querySelectorAll('body *')]
  .filter(e => e.checkVisibility() && !e.matches(':disabled, option, script') && said(e))
  .map(e => {
    const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.outerHTML.slice(0, 80)];
  })
  .filter(found => found[0] < 4.5)
"""
