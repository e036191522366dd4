"""Moderation services: OpenAI and Azure against a server on the loopback interface, Bedrock with botocore's
own check of requests and answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.errors import AuthenticationError, BadResponse, ModelNotFound, RateLimited, Unsupported
from octarine.guard.adapters import open_adapter
from octarine.guard.adapters.services.azure_content_safety import LONGEST, OVERLAP, pieces
from octarine.guard.adapters.services.bedrock_guardrail import open_bedrock_guardrail
from octarine.models.names import ModelOptions
from tests.models.loopback_server import Answer, Asked, loopback

REQUEST = Conversation.user("a question", system="be kind")
ANSWER = Conversation((*REQUEST.messages, Message(Role.ASSISTANT, (Part.of_text("an answer"),))))
ONCE = ModelOptions(max_retries=0)
KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OCTARINE_API_KEY", "AZURE_CONTENT_SAFETY_KEY")
    for name in names:
        monkeypatch.delenv(name, raising=False)


# --- OpenAI -----------------------------------------------------------------------------------------------


def moderation(flagged: bool, *names: str, **scores: float) -> Answer:
    every = {"harassment": 0.01, "hate": 0.02, "self-harm/instructions": 0.03, "new-thing": 0.5, **scores}
    result = {
        "flagged": flagged,
        "categories": {name: name in names for name in every},
        "category_scores": every,
    }
    return Answer.of_json({"id": "modr-1", "model": "omni", "results": [result]})


async def openai(answer: Answer, conversation: Conversation = REQUEST) -> tuple[Any, list[Asked]]:
    async with loopback(answer) as server:
        adapter = open_adapter(f"openai-moderation:{server.url}#omni", ONCE)
        await adapter.start()
        try:
            return await adapter.moderate(conversation), server.asked
        finally:
            await adapter.aclose()


async def test_openai_moderation_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTARINE_API_KEY", KEY)
    found, asked = await openai(moderation(True, "hate", hate=0.9))
    assert (asked[0].path, asked[0].headers["authorization"]) == ("/v1/moderations", f"Bearer {KEY}")
    assert asked[0].json == {"model": "omni", "input": "a question"}
    assert found.flagged
    assert found.found == {"harmful_content.hate"}
    assert found.categories == {
        "harmful_content.hate": 0.9,
        "harmful_content.harassment": 0.01,
        "harmful_request.self_harm": 0.03,
        "harmful_content.self_harm": 0.03,
    }
    assert found.hazards == {"hate"}


async def test_openai_moderation_of_an_answer_looks_at_the_answer() -> None:
    found, asked = await openai(moderation(True, "self-harm/instructions"), ANSWER)
    assert asked[0].json["input"] == "an answer"
    assert found.found == {"harmful_response", "harmful_content.self_harm"}


async def test_a_new_category_that_is_flagged_is_not_lost() -> None:
    found, _ = await openai(moderation(True, "new-thing"))
    assert found.flagged
    assert found.found == {"harmful_content"}
    harmless, _ = await openai(moderation(False))
    assert not harmless.flagged
    assert harmless.found == frozenset()


async def test_pictures_go_with_the_text_and_sound_does_not() -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"x", "image/png")
    seen = Conversation((Message(Role.USER, (Part.of_text("look"), picture)),))
    _, asked = await openai(moderation(False), seen)
    assert [part["type"] for part in asked[0].json["input"]] == ["text", "image_url"]
    sound = Part.of_bytes(Modality.AUDIO, b"x", "audio/wav")
    with pytest.raises(Unsupported, match="holds: audio"):
        await openai(moderation(False), Conversation((Message(Role.USER, (sound,)),)))


@pytest.mark.parametrize(
    "data", [{}, {"results": []}, {"results": [{}]}, {"results": [{"categories": []}]}, []]
)
async def test_what_is_no_moderation_is_an_error(data: Any) -> None:
    with pytest.raises(BadResponse):
        await openai(Answer.of_json(data))


async def test_openai_needs_a_key_and_says_where_from() -> None:
    adapter = open_adapter("openai-moderation:omni-moderation-latest")
    assert adapter.identity.name == "openai:omni-moderation-latest"
    with pytest.raises(AuthenticationError, match="OPENAI_API_KEY is not set"):
        await adapter.start()
    await adapter.aclose()
    with pytest.raises(RateLimited):
        await openai(Answer.of_json({"error": {"message": "slow down"}}, 429))


# --- Azure ------------------------------------------------------------------------------------------------


def azure_answer(severities: dict[str, int], *, attack: bool = False) -> Any:
    def answer(asked: Asked) -> Answer:
        if "text:analyze" in asked.path:
            found = [
                {"category": name, "severity": severities.get(name, 0)} for name in asked.json["categories"]
            ]
            return Answer.of_json({"blocklistsMatch": [], "categoriesAnalysis": found})
        documents = [{"attackDetected": attack} for _ in asked.json["documents"]]
        return Answer.of_json(
            {
                "userPromptAnalysis": {"attackDetected": attack and not documents},
                "documentsAnalysis": documents,
            }
        )

    return answer


async def azure(
    monkeypatch: pytest.MonkeyPatch, answer: Any, conversation: Conversation = REQUEST
) -> tuple[Any, list[Asked]]:
    monkeypatch.setenv("AZURE_CONTENT_SAFETY_KEY", KEY)
    async with loopback(answer) as server:
        adapter = open_adapter(f"azure-content-safety:http://127.0.0.1:{server.port}", ONCE)
        await adapter.start()
        try:
            return await adapter.moderate(conversation), server.asked
        finally:
            await adapter.aclose()


async def test_azure_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = await azure(monkeypatch, azure_answer({"Violence": 4, "Hate": 2}, attack=True))
    assert {one.path for one in asked} == {
        "/contentsafety/text:analyze?api-version=2024-09-01",
        "/contentsafety/text:shieldPrompt?api-version=2024-09-01",
    }
    bodies = {one.path.partition(":")[2].partition("?")[0]: one.json for one in asked}
    assert bodies == {
        "analyze": {
            "text": "a question",
            "categories": ["Hate", "SelfHarm", "Sexual", "Violence"],
            "outputType": "FourSeverityLevels",
        },
        "shieldPrompt": {"userPrompt": "a question", "documents": []},
    }
    assert all(one.headers["ocp-apim-subscription-key"] == KEY for one in asked)
    assert found.found == {"harmful_content.violence", "jailbreak", "prompt_injection"}
    assert found.calls == 2


async def test_azure_looks_at_what_a_tool_brings_back_as_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    result = Conversation((Message(Role.TOOL, (Part.of_text("forward this"),)),))
    found, asked = await azure(monkeypatch, azure_answer({}, attack=True), result)
    (shield,) = [one.json for one in asked if "shieldPrompt" in one.path]
    assert shield == {"userPrompt": "", "documents": ["forward this"]}
    assert found.found == {"indirect_injection"}


async def test_azure_does_not_look_for_attacks_in_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = await azure(monkeypatch, azure_answer({"Sexual": 6}, attack=True), ANSWER)
    assert [one.json["text"] for one in asked] == ["an answer"]
    assert found.found == {"harmful_content.sexual"}


async def test_azure_sees_all_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x" * 25_000
    _, asked = await azure(monkeypatch, azure_answer({}), Conversation.user(text))
    assert len(asked) == 6
    assert all(len(one.json.get("text") or one.json.get("userPrompt")) <= LONGEST for one in asked)


@pytest.mark.parametrize(
    "data",
    [{}, {"categoriesAnalysis": []}, {"categoriesAnalysis": [{"category": "Hate", "severity": 0}]}, []],
)
async def test_azure_with_a_part_missing_is_an_error(monkeypatch: pytest.MonkeyPatch, data: Any) -> None:
    with pytest.raises(BadResponse, match="no analysis"):
        await azure(monkeypatch, Answer.of_json(data), ANSWER)


async def test_azure_needs_a_key_and_never_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = open_adapter("azure-content-safety:https://x.cognitiveservices.azure.com")
    with pytest.raises(AuthenticationError, match="AZURE_CONTENT_SAFETY_KEY is not set"):
        await adapter.start()
    await adapter.aclose()
    refused = Answer.of_json({"error": {"message": f"bad key {KEY}"}}, 401)
    with pytest.raises(AuthenticationError, match="bad key") as caught:
        await azure(monkeypatch, refused)
    assert KEY not in str(caught.value)


@given(st.integers(0, 60_000))
def test_pieces_cover_the_text_and_overlap(length: int) -> None:
    text = "".join(chr(97 + index % 26) for index in range(length))
    found = pieces(text)
    assert all(len(piece) <= LONGEST for piece in found)
    whole = found[0]
    for piece in found[1:]:
        assert whole.endswith(piece[:OVERLAP])
        whole += piece[OVERLAP:]
    assert whole == text


# --- Bedrock ----------------------------------------------------------------------------------------------


async def bedrock(answer: dict[str, Any], conversation: Conversation = REQUEST) -> tuple[Any, dict[str, Any]]:
    """Through a real client, which checks the request and takes ``answer`` from a stub."""
    boto3 = pytest.importorskip("boto3", reason="boto3 comes with octarine[bedrock]")
    stub = pytest.importorskip("botocore.stub")
    client = boto3.client("bedrock-runtime", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    asked: dict[str, Any] = {}
    client.meta.events.register(
        "before-parameter-build.bedrock-runtime.ApplyGuardrail",
        lambda params, **_: asked.update(params),
    )
    with stub.Stubber(client) as stubbed:
        stubbed.add_response("apply_guardrail", answer)
        adapter = open_bedrock_guardrail("abc123@2", ONCE, client=client)
        await adapter.start()
        try:
            return await adapter.moderate(conversation), asked
        finally:
            await adapter.aclose()


def guardrail(action: str, **policies: Any) -> dict[str, Any]:
    units = {
        f"{name}Units": 1
        for name in ("topicPolicy", "contentPolicy", "wordPolicy", "sensitiveInformationPolicy")
    }
    usage = {**units, "sensitiveInformationPolicyFreeUnits": 0, "contextualGroundingPolicyUnits": 0}
    return {"usage": usage, "action": action, "outputs": [], "assessments": [policies]}


async def test_bedrock_of_a_request() -> None:
    filters = [
        {"type": "PROMPT_ATTACK", "confidence": "HIGH", "action": "BLOCKED", "detected": True},
        {"type": "HATE", "confidence": "LOW", "action": "NONE", "detected": True},
    ]
    found, asked = await bedrock(guardrail("GUARDRAIL_INTERVENED", contentPolicy={"filters": filters}))
    assert asked == {
        "guardrailIdentifier": "abc123",
        "guardrailVersion": "2",
        "source": "INPUT",
        "content": [{"text": {"text": "a question"}}],
    }
    assert found.found == {"jailbreak", "prompt_injection"}
    assert found.categories == {"jailbreak": None, "prompt_injection": None}


async def test_bedrock_of_an_answer_with_every_other_policy() -> None:
    answer = guardrail(
        "GUARDRAIL_INTERVENED",
        topicPolicy={"topics": [{"name": "money", "type": "DENY", "action": "BLOCKED"}]},
        wordPolicy={"customWords": [{"match": "x", "action": "BLOCKED"}], "managedWordLists": []},
        sensitiveInformationPolicy={
            "piiEntities": [{"match": "a@b.c", "type": "EMAIL", "action": "ANONYMIZED"}],
            "regexes": [{"name": "r", "match": "y", "action": "BLOCKED"}],
        },
        contextualGroundingPolicy={
            "filters": [{"type": "GROUNDING", "threshold": 0.7, "score": 0.1, "action": "BLOCKED"}]
        },
    )
    found, asked = await bedrock(answer, ANSWER)
    assert (asked["source"], asked["content"][0]["text"]["text"]) == ("OUTPUT", "an answer")
    assert found.found == {"topic", "denied_word", "personal_data", "pattern"}
    assert found.hazards == {"personal_data", "misinformation"}


async def test_bedrock_that_lets_pass_and_one_that_does_not_say_why() -> None:
    passed, _ = await bedrock(guardrail("NONE"))
    assert not passed.flagged
    stopped, _ = await bedrock(guardrail("GUARDRAIL_INTERVENED"))
    assert stopped.found == {"harmful_content"}


async def test_bedrocks_errors_and_its_identity() -> None:
    boto3 = pytest.importorskip("boto3", reason="boto3 comes with octarine[bedrock]")
    stub = pytest.importorskip("botocore.stub")
    client = boto3.client("bedrock-runtime", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    adapter = open_bedrock_guardrail("abc123", ONCE, client=client)
    assert (adapter.identity.name, adapter.identity.revision) == ("bedrock-guardrail:abc123", "DRAFT")
    with stub.Stubber(client) as stubbed:
        stubbed.add_client_error("apply_guardrail", "ResourceNotFoundException", "no such guardrail", 404)
        with pytest.raises(ModelNotFound, match="no such guardrail"):
            await adapter.moderate(REQUEST)
    await adapter.aclose()
