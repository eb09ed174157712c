"""Plain sentences, four for each sub-priority of the Mayor's strategy: most must be found, whatever the bank's wording.

They are written beside the bank and not for it: nobody may add one of them to the concepts. A few may fail at any time;
what is held is the share, and that no sub-priority is deaf.
"""

import pytest

from services.themer.tagging import tag

SPEECH = {
    "1.1": [
        "Every company should have a policy for when a member of staff is being abused at home.",
        "My manager gave me paid leave to go to court and moved my desk.",
        "The hospital, the council and the police need to sit round one table and plan together to prevent this.",
        "Nobody puts the figures from the different agencies together, so nobody sees the whole picture.",
    ],
    "1.2": [
        "Schools should teach children about consent and respect from primary school on.",
        "We had one lesson about healthy relationships and the teacher was embarrassed.",
        "If somebody had told me at fifteen what control looks like I would have known.",
        "Teachers need training so that they can talk to boys about pornography.",
    ],
    "1.3": [
        "Men have to tell their mates to stop when they make jokes about women.",
        "Everybody on the bus heard what he said to me and nobody spoke up.",
        "We need a big campaign aimed at men, not at us.",
        "At work it is called banter, and if you object you have no sense of humour.",
    ],
    "1.4": [
        "I do not feel safe walking home from the station in the dark.",
        "A man followed me off the night bus and rubbed against me on the stairs.",
        "There are no lights in the park and I have stopped running there.",
        "I get abuse on Instagram every day and they never take it down.",
    ],
    "2.1": [
        "I have been on the waiting list for counselling for a year.",
        "My advocate was the only person who stayed with me all the way through.",
        "The refuge was full and so was the next one.",
        "My children saw everything and there was no help for them.",
    ],
    "2.2": [
        "The police took my statement and then I heard nothing for nine months.",
        "The trial was put off four times.",
        "The officer asked me what I had been wearing.",
        "They dropped the case and told me in a letter.",
    ],
    "2.3": [
        "I was afraid that the police would tell the Home Office and I would be deported.",
        "There was no interpreter, so my son had to explain.",
        "I have no recourse to public funds and every refuge said no.",
        "Women who sell sex are afraid to report because they think they will be arrested.",
    ],
    "3.1": [
        "He was never charged, although three women had reported him.",
        "The police should go after the men who traffic girls, they know the addresses.",
        "He did it to his last girlfriend too and nobody had put it together.",
        "There ought to be a register of men like him.",
    ],
    "3.2": [
        "Somebody should have worked with him when he was a boy and first hit his sister.",
        "My teenage son talks about girls like those men online do, and I do not know where to get him help.",
        "If a lad shows signs at school, do something then, before he hurts a girlfriend.",
        "Young men need somewhere to go before it gets that far.",
    ],
    "3.3": [
        "He broke the restraining order again and again and nothing was done.",
        "Probation let him out and did not tell me.",
        "He was made to go on a course for abusers and came out the same.",
        "The tag came off and the next day he was at my door.",
    ],
    "4.1": [
        "After what that officer did I do not trust any of them.",
        "My husband is in the police, so who do I report him to?",
        "They should sack officers who abuse women.",
        "As a black woman I would never call the Met, they do not see us as victims.",
    ],
}
CASES = [(node, text) for node, texts in SPEECH.items() for text in texts]


def mayor(text):
    return {theme.node for theme in tag(text).themes if theme.framework == "mayor_2022_25"}


def test_there_are_four_sentences_for_each_sub_priority():
    assert len(SPEECH) == 11
    assert all(len(texts) == 4 for texts in SPEECH.values())


def test_most_plain_speech_is_found():
    found = [node in mayor(text) for node, text in CASES]
    assert sum(found) >= 0.65 * len(found)


@pytest.mark.parametrize("node", sorted(SPEECH))
def test_no_sub_priority_is_deaf(node):
    assert any(node in mayor(text) for text in SPEECH[node])


def test_plain_speech_is_not_taken_for_everything():
    assert sum(len(mayor(text)) for _, text in CASES) <= 2 * len(CASES)


def test_hardly_any_plain_speech_is_called_uncovered():
    assert sum(tag(text).uncovered for _, text in CASES) <= 0.2 * len(CASES)
