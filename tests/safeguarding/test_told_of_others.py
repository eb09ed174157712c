"""What somebody says of another, or passes on: a friend, a sister, a child, in whatever tense and voice."""

import pytest

from services.safeguarding.detection import detect

AT_RISK = [
    ("She says he is going to kill her if she goes back for her things.", "immediate_danger"),
    ("My sister told us her husband said he will kill them both.", "immediate_danger"),
    ("He told my friend he would finish her if she rang anyone again.", "immediate_danger"),
    ("my mate says her fella is gonna stab her he said it again last nite", "immediate_danger"),
    ("The lady from the shop she say the husband he want to kill her.", "immediate_danger"),
    ("so my neighbour she told me that he has locked her in since monday and he has got the keys", "immediate_danger"),
    ("One of the women told us her ex is waiting outside her flat every night.", "immediate_danger"),
    ("She said that he hits her and she is scared to go home tonight.", "immediate_danger"),
    ("Her mum rang to say he has a knife and will not leave.", "immediate_danger"),
    ("My cousin tells me he strangled her last night and she can not swallow.", "immediate_danger"),
    ("A woman in our group said her partner has found her new address.", "immediate_danger"),
    ("She has not stopped being afraid: he says he will burn the house down with them in it.", "immediate_danger"),
    ("She said she will kill herself tonight.", "self_harm_or_suicide"),
    ("My sister told us she wants to end it.", "self_harm_or_suicide"),
    ("He says he is going to kill himself if she leaves.", "self_harm_or_suicide"),
    ("My daughter says she wants to die.", "self_harm_or_suicide"),
    ("My friend keeps saying that she does not want to be here any more.", "self_harm_or_suicide"),
    ("my mate reckons shes gonna top herself", "self_harm_or_suicide"),
    ("My aunt she say she not want to live no more.", "self_harm_or_suicide"),
    ("He told his mum that he is going to end his life.", "self_harm_or_suicide"),
    ("A young man at the drop in said he has been thinking about killing himself.", "self_harm_or_suicide"),
    ("She told the worker that they would all be better off without her.", "self_harm_or_suicide"),
    (
        "so she goes to me i cant do this anymore i want to end it all i didnt know what to say",
        "self_harm_or_suicide",
    ),
    ("One of the girls told me she is cutting herself again.", "self_harm_or_suicide"),
    ("They said that they are going to hurt themselves when they get home.", "self_harm_or_suicide"),
    ("She has taken an overdose before and she says she will do it again.", "self_harm_or_suicide"),
    ("She never said she was fine, she said she wants to die.", "self_harm_or_suicide"),
    ("My niece told me her stepdad comes into her room at night.", "child_at_risk"),
    ("A boy in my class says his dad hits him when he drinks.", "child_at_risk"),
    ("She said that her mum's boyfriend is hurting the little ones.", "child_at_risk"),
    ("The little girl told her nan that he touches her.", "child_at_risk"),
    ("my lil cousin says this older man keeps messaging her and wants to meet her on saturday", "child_at_risk"),
    ("A girl told me that they are making her carry for them, she is fourteen.", "child_at_risk"),
    ("My son he tell me the uncle hit him again yesterday.", "child_at_risk"),
    ("A pupil says she is meeting a man from the internet this weekend.", "child_at_risk"),
    ("My neighbour told me her son takes her pension and she has nothing to eat.", "adult_at_risk"),
    ("She says her carer hits her when nobody is there.", "adult_at_risk"),
    ("My friend says the boss has her passport and will not let her leave.", "adult_at_risk"),
    ("The old lady next door said her grandson locks her in her room.", "adult_at_risk"),
    ("a woman at church told us the family she works for keep her passport and do not pay her", "adult_at_risk"),
    ("My uncle has dementia and he says the carer hurts him.", "adult_at_risk"),
    ("They are taking her abroad to be married.", "fgm_forced_marriage_honour_abuse"),
    ("My friend says her parents are taking her to Pakistan to get married.", "fgm_forced_marriage_honour_abuse"),
    ("My cousin told me they are going to make her marry a man she never met.", "fgm_forced_marriage_honour_abuse"),
    ("She said her brothers will kill her for the shame.", "fgm_forced_marriage_honour_abuse"),
    (
        "A girl at college said her family have booked the flights for the wedding.",
        "fgm_forced_marriage_honour_abuse",
    ),
    ("her auntie say they will cut the small girl in the summer", "fgm_forced_marriage_honour_abuse"),
    ("My classmate says she is being sent back home to marry her cousin.", "fgm_forced_marriage_honour_abuse"),
    ("We heard that she is going to be cut when they go to see her grandmother.", "fgm_forced_marriage_honour_abuse"),
    ("She told me her husband is a police officer and he hits her.", "position_of_trust"),
    ("My daughter says the coach is still alone with the girls after training.", "position_of_trust"),
    ("He says the tutor texts the girls at night.", "position_of_trust"),
    ("They told us the imam touches the children.", "position_of_trust"),
    ("A woman said her social worker is asking her for sex.", "position_of_trust"),
    ("My aunt told us the teacher abused her as a child and he still teaches.", "non_recent_abuse"),
    ("She said her uncle hurt her when she was little and he has grandchildren now.", "non_recent_abuse"),
    ("My mother says the priest did it to her when she was a girl and he is still with children.", "non_recent_abuse"),
]
NOT_NOW = [
    "She said she would never hurt herself.",
    "He told us he is not going to kill anybody, it was a film.",
    "My sister told us she wanted to die back then, years ago, and she is well now.",
    "She said she does not want to die, she wants to sleep.",
    "My friend used to say he would kill her, that was before she left.",
    "The trainer said what to do when a woman says she wants to die.",
    "She told us the training covers girls who are taken abroad to be married.",
    "My aunt was taken abroad to be married when she was young, years ago.",
    "They are taking her abroad for a holiday and she cannot wait.",
    "They said the queue was killing them.",
    "My cousin says she wants to end it with the agency and find another.",
    "She told me the worker was kind and she is going to come again.",
    "My friend says the wedding was lovely and her cousin danced.",
    "He said he is going to end the call.",
    "We asked whether practitioners are trained when somebody says she will kill herself.",
    "She says her carer is gentle and never late.",
    "The coach told the girls when the hall opens.",
    "She said he hit her years ago, before the divorce, and she got out.",
    "My daughter says the school was good about it.",
    "He told the group that nobody listened.",
]


def categories(text):
    return {concern.category for concern in detect(text)}


@pytest.mark.parametrize(("text", "category"), AT_RISK)
def test_a_risk_that_is_passed_on_is_found_in_its_category(text, category):
    assert category in categories(text)


@pytest.mark.parametrize(("text", "category"), AT_RISK)
def test_it_is_found_in_capitals_and_as_it_is_dictated(text, category):
    assert category in categories(text.upper())
    assert category in categories(text.replace("'", "").replace(",", "").rstrip("."))


@pytest.mark.parametrize("text", NOT_NOW)
def test_what_is_denied_over_or_of_something_else_is_left_alone(text):
    assert [concern.rule for concern in detect(text) if concern.urgency != "past"] == []


def test_every_category_is_told_of_others():
    assert {category for _, category in AT_RISK} == {
        "immediate_danger",
        "self_harm_or_suicide",
        "child_at_risk",
        "adult_at_risk",
        "fgm_forced_marriage_honour_abuse",
        "position_of_trust",
        "non_recent_abuse",
    }


def test_a_denial_hides_no_risk_beside_it():
    assert "self_harm_or_suicide" in categories("She would never hurt herself, I thought. Now she wants to die.")
