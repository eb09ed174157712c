"""A question and its answer, sealed both ways: nobody else reads them, and neither fits another call."""

import msgspec
import pytest

from services.calls import Call, PreviewWanted, Subject, SubjectsGiven, SubjectsWanted
from services.errors import ContractBroken, SealBroken, SealingError, UnknownKey
from services.events import Words
from services.sealing.bundles import BundleSealer, Opener
from services.sealing.calls import Reply, open_question, seal_answer, seal_question
from services.sealing.suite import PrivateKey

TEXT = "They kept us waiting by the quiet canal."
ANSWER = SubjectsGiven(texts=((Subject(framework="mayor_2022_25", node="1.1"),), ()))


class Held:
    """A service's private key under one id."""

    def __init__(self):
        self.private = PrivateKey.generate()

    def private_key(self, key):
        if key != "words-2025-01":
            raise UnknownKey("Not here.")
        return self.private

    def sealer(self, call):
        return BundleSealer(purpose="words", bundle=call, key="words-2025-01", public=self.private.public)


@pytest.fixture
def held():
    return Held()


def asked(held, reply, call="a1"):
    return seal_question(held.sealer(call), call, PreviewWanted(reply_to=reply.public, words=(Words(text=TEXT),)))


def test_a_question_and_its_answer_arrive_and_nothing_of_them_is_to_be_read_on_the_way(held):
    reply = Reply("a1")
    body = asked(held, reply)
    call, question = open_question(Opener("words", held), body, PreviewWanted)
    assert (call, question.words[0].text) == ("a1", TEXT)
    answer = seal_answer(call, question, ANSWER)
    assert reply.open(answer, SubjectsGiven) == ANSWER
    assert TEXT.encode() not in body
    assert b"mayor" not in answer


def test_an_answer_opens_for_nobody_but_the_one_who_asked(held):
    reply, other = Reply("a1"), Reply("a1")
    call, question = open_question(Opener("words", held), asked(held, reply), PreviewWanted)
    with pytest.raises(SealBroken):
        other.open(seal_answer(call, question, ANSWER), SubjectsGiven)


def test_an_answer_to_another_call_does_not_open(held):
    first, second = Reply("a1"), Reply("a2")
    second._private = first._private
    call, question = open_question(Opener("words", held), asked(held, first), PreviewWanted)
    with pytest.raises(SealBroken):
        second.open(seal_answer(call, question, ANSWER), SubjectsGiven)


def test_a_question_that_is_repeated_under_another_id_does_not_open(held):
    """Who overheard it can have it answered again to the first asker's key, and to no other."""
    body = msgspec.json.decode(asked(held, Reply("a1")), type=Call)
    renamed = msgspec.json.encode(msgspec.structs.replace(body, call="b1"))
    with pytest.raises(SealBroken):
        open_question(Opener("words", held), renamed, PreviewWanted)


def test_a_contribution_is_no_question(held):
    """What was sealed for the log under its own subject opens by no call, though it is sealed to the same key."""
    part = held.sealer("a1").part("a1", msgspec.json.encode(PreviewWanted(reply_to=b"", words=())))
    with pytest.raises(SealBroken):
        open_question(Opener("words", held), msgspec.json.encode(Call(call="a1", asked=part)), PreviewWanted)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"call":"a1","asked":{}}'])
def test_what_is_no_call_is_refused_by_its_shape(held, body):
    with pytest.raises(ContractBroken, match="not of the expected shape"):
        open_question(Opener("words", held), body, PreviewWanted)
    with pytest.raises(ContractBroken):
        Reply("a1").open(body, SubjectsGiven)


def test_a_question_of_another_kind_is_refused(held):
    with pytest.raises(ContractBroken):
        open_question(Opener("words", held), asked(held, Reply("a1")), SubjectsWanted)


def test_an_answer_to_a_key_that_is_none_is_never_made(held):
    body = seal_question(held.sealer("a1"), "a1", PreviewWanted(reply_to=b"short", words=()))
    call, question = open_question(Opener("words", held), body, PreviewWanted)
    with pytest.raises(SealingError):
        seal_answer(call, question, ANSWER)
