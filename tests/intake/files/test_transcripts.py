"""Transcripts in WebVTT and SRT: who speaks is told apart, and no name is handed on."""

import pytest

INTERVIEW = {"kind": "interview", "month": "2025-03", "role": "survivor", "uses": ("count",)}


def vtt(*payloads, head="WEBVTT"):
    return head + "".join(
        f"\n\n{number}\n00:00:0{number % 10}.000 --> 00:00:0{number % 10}.900 align:start\n{payload}"
        for number, payload in enumerate(payloads, start=1)
    )


def srt(*payloads):
    return "\n\n".join(
        f"{number}\n00:00:0{number % 10},000 --> 00:00:0{number % 10},900\n{payload}"
        for number, payload in enumerate(payloads, start=1)
    )


def who_said(found):
    return [(said.person, said.text) for said in found.submissions[0].contributions]


def test_speakers_become_numbers_in_the_order_in_which_they_first_speak(read):
    found = read("vtt", vtt("<v Zoe Z>A light.</v>", "<v Amina A>A bench.</v>", "<v Zoe Z>A tree.</v>"))
    assert who_said(found) == [(1, "A light."), (2, "A bench."), (1, "A tree.")]
    assert found.places == (("the file, cue 1", "the file, cue 2", "the file, cue 3"),)


def test_no_name_is_handed_on_in_any_field(read):
    body = vtt("<v Zoe Zeta>A light.</v>", "<v Amina>A bench.</v>", head="WEBVTT - Zoe Zeta and Amina\nAmina: host")
    assert not {"Zoe", "Zeta", "Amina"} & set(repr(read("vtt", body, facilitator=("Amina",))).replace("'", " ").split())


def test_consecutive_cues_of_one_speaker_are_joined_at_the_first_place(read):
    found = read("vtt", vtt("<v Zoe>A light</v>", "<v zoe>at the\nbus stop.</v>", "<v Amina>Yes.</v>"))
    assert who_said(found) == [(1, "A light at the bus stop."), (2, "Yes.")]
    assert found.places == (("the file, cue 1", "the file, cue 3"),)


def test_the_facilitators_own_turns_are_left_out_and_said(read):
    body = vtt("<v Fay>Welcome.</v>", "<v Zoe>A light.</v>", "<v Fay>Thanks.</v>", "<v Zoe>A bench.</v>")
    found = read("vtt", body, facilitator=(" FAY ",))
    assert who_said(found) == [(1, "A light."), (1, "A bench.")]
    assert "2 turn(s) of the facilitator were left out." in found.notes


def test_everybody_counts_as_a_participant_where_no_facilitator_is_named_and_that_is_said(read):
    found = read("vtt", vtt("<v Fay>Welcome.</v>", "<v Zoe>A light.</v>"))
    assert len(found.submissions[0].contributions) == 2
    assert "No facilitator was named" in found.notes[0]


def test_a_facilitator_who_does_not_speak_is_refused_without_the_name(refused):
    (finding,) = refused("vtt", vtt("<v Zoe>A light.</v>"), facilitator=("Faye",))
    assert finding.place == "option facilitator, name 1"
    assert "Faye" not in str(finding)


def test_a_transcript_of_the_facilitator_alone_is_refused(refused):
    assert "but by the facilitator" in refused("vtt", vtt("<v Fay>Welcome.</v>"), facilitator=("Fay",))[0].rule


def test_two_speakers_within_one_cue_are_two_people(read):
    found = read("vtt", vtt("<v.loud Zoe>A light.</v> <v Amina>Yes, <i>please</i>."))
    assert who_said(found) == [(1, "A light."), (2, "Yes, please.")]


def test_marks_are_taken_out_and_character_references_resolved(read):
    body = vtt(
        "<v Zoe &amp; co><c.red>Fish &amp; chips</c> &lt;3 &#8211; <b>now</b> <00:00:01.500>"
        "&quot;here&quot; AT&T &notit</v>"
    )
    assert who_said(read("vtt", body)) == [(1, 'Fish & chips <3 – now "here" AT&T &notit')]


def test_comments_styles_and_regions_are_left_out(read):
    head = "WEBVTT\n\nNOTE\nfor Zoe\n\nSTYLE\n::cue {}\n\nREGION\nid:a\n\nNOTE end"
    found = read("vtt", vtt("<v Zoe>A light.</v>", head=head))
    assert who_said(found) == [(1, "A light.")]
    assert "2 comment(s) left out." in found.notes


def test_labels_with_a_colon_are_speakers_where_every_cue_has_one(read):
    found = read("vtt", vtt("Zoe: A light.", "speaker 2: I said: a bench.", "Zoe: A tree."))
    assert who_said(found) == [(1, "A light."), (2, "I said: a bench."), (1, "A tree.")]


def test_where_only_some_cues_have_labels_the_others_go_on_and_that_is_said(read):
    found = read("srt", srt("Zoe: A light.", "and a bench.", "Amina: Yes.", "Zoe: Thanks.", "Amina: Good."))
    assert who_said(found) == [(1, "A light. and a bench."), (2, "Yes."), (1, "Thanks."), (2, "Good.")]
    assert "1 cue(s) without a name were read as going on with who spoke before." in found.notes


def test_a_word_before_a_colon_that_stands_once_is_kept_as_words(read):
    found = read("srt", srt("Zoe: A light.", "Remember: every night.", "plain", "Zoe: A bench."))
    assert who_said(found) == [(1, "A light. Remember: every night. plain A bench.")]
    assert "What stands before a colon only once was kept as words: cue 2." in found.notes


def test_a_sentence_with_a_colon_is_never_a_speaker(read):
    found = read("srt", srt("Zoe: One.", "they told us: wait", "they told us: wait", "Zoe: Two."))
    assert who_said(found) == [(1, "One. they told us: wait they told us: wait Two.")]


def test_cues_of_nobody_in_a_group_are_refused(refused):
    assert refused("vtt", vtt("A light.", "A bench."))[0].rule == "no cue says who speaks"


def test_words_without_a_name_among_named_ones_stay_nobodys(read):
    found = read("vtt", vtt("<v Zoe>A light.</v>", "from the door"))
    assert who_said(found) == [(1, "A light."), (None, "from the door")]


def test_an_interview_is_one_persons_and_one_contribution(read):
    body = vtt("<v Fay>Hello.</v>", "<v Zoe>A light.</v>", "<v Fay>And?</v>", "<v Zoe>A bench.</v>")
    assert who_said(read("vtt", body, facilitator=("Fay",), **INTERVIEW)) == [(1, "A light.\n\nA bench.")]
    assert who_said(read("vtt", vtt("A light.", "A bench."), **INTERVIEW)) == [(None, "A light. A bench.")]


def test_two_people_in_an_interview_are_refused(refused):
    (finding,) = refused("vtt", vtt("<v Fay>Hello.</v>", "<v Zoe>A light.</v>"), **INTERVIEW)
    assert finding.rule == "more than one person speaks in a session of one person"


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ("<v Zoe>1 <3 2</v>", "a < that begins no mark"),
        ("<v Zoe>a < b", "a < that begins no mark"),
        ("<v Zoe>see <script>x</script></v>", "a < that begins no mark"),
        ("<v Zoe>A light.\n00:00:01.000 --> 00:00:02.000", "times where words should stand"),
    ],
)
def test_a_cue_that_cannot_be_read_for_certain_is_refused_by_its_number(refused, payload, rule):
    (finding,) = refused("vtt", vtt("<v Zoe>Good.</v>", payload))
    assert (finding.place, finding.rule) == ("the file, cue 2", rule)


def test_words_behind_a_blank_line_are_refused_and_not_dropped(refused):
    (finding,) = refused("vtt", vtt("<v Zoe>A light.\n\nand a bench.</v>"))
    assert "no times above it" in finding.rule


@pytest.mark.parametrize("head", ["", "WEBVT", "WEBVTTx", "hello"])
def test_a_file_without_its_mark_is_refused(refused, head):
    assert "WEBVTT" in refused("vtt", vtt("<v Zoe>A light.</v>", head=head))[0].rule


@pytest.mark.parametrize("body", ["WEBVTT", "WEBVTT\n\n", "WEBVTT\n\nNOTE x\n"])
def test_a_transcript_without_cues_is_refused(refused, body):
    assert refused("vtt", body)[0].rule == "nothing was said"


def test_subrip_is_read_with_its_own_times_marks_and_line_ends(read):
    body = srt("{\\an8}<i>Zoe: A light</i>\nhere.", "<font color='red'>Amina: &amp; a bench.</font>").replace(
        "\n", "\r\n"
    )
    assert who_said(read("srt", body)) == [(1, "A light here."), (2, "& a bench.")]


def test_subrip_without_numbers_is_read(read):
    assert who_said(read("srt", "00:00:01,000 --> 00:00:02,000\nZoe: A light.\n")) == [(1, "A light.")]


def test_short_times_are_read(read):
    assert who_said(read("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoe>A light.</v>")) == [(1, "A light.")]


def test_control_characters_are_refused_by_cue(refused):
    (finding,) = refused("vtt", vtt("<v Zoe>A light.</v>", "<v Amina>A\x01 bench.</v>"))
    assert (finding.place, finding.rule) == ("the file, cue 2", "control characters")


def test_a_turn_that_is_too_long_is_refused(refused):
    body = vtt(*[f"<v Zoe>{'light ' * 900}</v>" for _ in range(5)])
    assert refused("vtt", body)[0].rule == "too long"


def test_more_speakers_than_a_session_has_people_are_refused(refused):
    body = vtt(*[f"<v Name {number}>A light.</v>" for number in range(1000)])
    assert refused("vtt", body)[0].rule == "more speakers than a session has people"


def test_missing_facts_are_refused(refused):
    assert refused("vtt", vtt("<v Zoe>A light.</v>"), kind="workshop")[0].rule == "it says no month"
