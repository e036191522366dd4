// Keys for what can be clicked: the page works without them.
document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input");
  if (event.key === "Escape" && field) { field.blur(); return; }
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.focus(); else target.click();
});
