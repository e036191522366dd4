"""Any LangChain runnable behind the guard::

    from octarine.guard.integrations.langchain import guarded

    chain = prompt | guarded(ChatOpenAI(), "default") | StrOutputParser()

Inputs are texts, messages, prompt values and documents with their metadata, alone or in dictionaries and
lists; outputs too. Tool calls, names of speakers, and the keyword arguments of a call (tools, formats, …) are
looked at as well. What is bound to the runnable inside, and its configuration, are the program's own.
"""

from octarine.core.errors import MissingExtra

try:
    import langchain_core  # noqa: F401
except ImportError:
    raise MissingExtra("langchain", "a guarded runnable") from None

from octarine.guard.integrations.langchain.runnable import GuardRunnable, guarded

__all__ = ["GuardRunnable", "guarded"]
