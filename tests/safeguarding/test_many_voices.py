"""Many ways to say that somebody is at risk now, and many to say that she was, or that services should know."""

import pytest

from services.safeguarding.detection import detect

AT_RISK = [
    "He's been released and I haven't been told where he's living, I'm terrified he'll come.",
    "my stepdad comes into my room at night and i cant tell mum",
    "Last night he put his hands round my throat.",
    "I don't think I can keep going, I've been saving up my tablets.",
    "They're taking her to Somalia in the summer holidays to be cut.",
    "He knows which school the kids go to and was there yesterday.",
    "I'm going back tonight because there's nowhere else.",
    "Court says he has the kids this weekend and she came home with a burn.",
    "My neighbour is screaming every night and the baby is crying.",
    "She's 15 and her boyfriend is 27 and he buys her things.",
    "He said if I go to the police he'll throw acid on me.",
    "There's a tracker on my car, I found it yesterday.",
    "My mum has dementia and the carer leaves her in bed all day.",
    "i'm not eating, i cut, nobody knows",
    "He turned up at my work again this week with flowers.",
    "We leave on the 20th, my dad has my passport, I'm 17.",
    "he's getting worse since he lost his job, he pushed me down the stairs on Sunday",
    "I can hear him shouting at her through the wall right now",
    "If he finds out I'm here he'll kill me.",
    "The order runs out next week and he's already driving past.",
    "I'm pregnant and he kicked me in the stomach yesterday",
    "My friend hasn't come to college for a week, her brothers say she's ill, I think they're going to send her away",
    "The man she works for keeps her papers and she sleeps in the shop.",
    "He told me he will take the children out of the country.",
    "I have written letters to the children for after.",
    "I do not feel safe in my flat, he still has keys.",
    "He is making me sleep with his friends for money",
    "She texted me the code word this morning and now her phone is off.",
    "My grandson pushes me when I do not give him money.",
    "he threatens to post the pictures tomorrow unless i send more, I am 14",
    "I've nowhere to go and he will be home at six.",
    "My husband keeps the inhaler from me.",
    "He strangled me on Saturday and my voice is still hoarse",
    "I sleep with a chair against the door",
    "i am 13 and my uncle touches me",
    "He's not allowed near us but he was in the garden last night.",
    "I can't stop thinking about jumping",
    "the baby has a mark on her face and the health visitor isn't coming till march",
    "He told her that she and the baby won't see the weekend.",
    "My daughter still has to go to her father on Saturdays and came home last week with marks on her arm.",
    "He doesn't let me have my phone, I am writing this from my sister's.",
    "Her husband won't let her see a doctor and she is eight months gone.",
    "I'm writing this from the bathroom.",
    "He's coming back from abroad on Sunday and I don't know what to do.",
    "There is a girl in my class whose mum is taking her away at half term and she is scared.",
    "my boyfriend says hes gonna send my pics to everyone if i break up",
    "Every time he drinks he hurts us.",
    "I think about not waking up most nights.",
    "She is not allowed to leave the house without his mother.",
    "He keeps ringing and says he knows where I am staying.",
    "The children go to him on Friday and he has said he will not bring them back.",
    "He has been sleeping outside my block since Monday.",
]
NOT_NOW = [
    "I was strangled and the doctor did not ask.",
    "He went to prison in March and I can breathe.",
    "We lost a client last year; she had rung four times.",
    "At night I hold my keys.",
    "Women are killed each week and we still count leaflets.",
    "My ex stalked me for two years.",
    "She was married at sixteen in another country.",
    "I tried to take my life in 2015 and the crisis team were kind.",
    "When I got to the refuge they gave me a room.",
    "The order actually worked, he tried it once and he was in a cell by tea time.",
    "Should a woman hold a passport she can show it.",
    "Three weeks later they rang to say he had been let out.",
    "I left him four years ago and I still sleep with the light on.",
    "The school did nothing when a boy touched my daughter in year eight.",
    "A man followed me off the bus last winter.",
    "I was afraid he would kill me and nobody took it seriously, that was in 2012.",
    "Police should be trained on strangulation.",
    "He controlled my money for eleven years.",
    "I had been cutting myself for years when a nurse asked.",
    "The helpline is engaged every night.",
]


def present(text):
    return [concern.rule for concern in detect(text) if concern.urgency != "past"]


@pytest.mark.parametrize("text", AT_RISK)
def test_a_risk_is_found_however_it_is_said(text):
    assert present(text)


@pytest.mark.parametrize("text", AT_RISK)
def test_a_risk_is_found_in_the_middle_of_a_long_text(text):
    before = "The group met in the hall and the tea was good. We spoke of many things. "
    after = " After that we talked about the next meeting and the notes."
    assert present(before + text + after)


@pytest.mark.parametrize("text", AT_RISK)
def test_a_risk_is_found_in_capitals_and_without_apostrophes(text):
    assert present(text.upper())
    assert present(text.replace("'", ""))


@pytest.mark.parametrize("text", NOT_NOW)
def test_what_is_over_or_only_about_services_is_not_raised(text):
    assert present(text) == []
