"""Word documents: our template or plain notes; what can be neither read nor left out is refused."""

import pytest

FIELDS = {
    "Field": "Answer",
    "kind": "Survivor forum",
    "Month": "2025-03",
    "Areas": "Camden; Islington",
    "role": "survivor",
    "uses": "count; paraphrase",
    "Number present": "8",
    "group": "g-1",
}
NOTHING = {"debrief": None}


def test_each_paragraph_is_a_contribution_with_its_place(read, texts, files):
    found = read("docx", files.document(["A light at the bus stop.", "", "A bench."]))
    assert texts(found) == [["A light at the bus stop.", "A bench."]]
    assert found.places == (("the file, paragraph 1", "the file, paragraph 2"),)


def test_the_first_table_gives_the_facts_of_the_session(read, files):
    session = read("docx", files.document(["A light."], FIELDS), **NOTHING).submissions[0]
    assert (session.kind, session.month, session.areas) == ("survivor_forum", "2025-03", ("camden", "islington"))
    assert (session.role, session.uses) == ("survivor", ("count", "paraphrase"))
    assert (session.number_present, session.group) == (8, "g-1")


def test_an_option_fills_an_empty_answer_and_contradicts_a_given_one(read, refused, files):
    empty = files.document(["A light."], {**FIELDS, "kind": ""})
    assert read("docx", empty, kind="workshop").submissions[0].kind == "workshop"
    (finding,) = refused("docx", files.document(["A light."], FIELDS), month="2025-04")
    assert (finding.place, finding.rule) == ("the file, first table, row 3", "not the same as the option month")


def test_a_wrong_answer_is_refused_by_its_row_and_without_its_value(refused, files):
    (finding,) = refused("docx", files.document(["A light."], {**FIELDS, "kind": "séance"}), kind="workshop")
    assert finding.place == "the file, first table, row 2"
    assert "séance" not in str(finding)


@pytest.mark.parametrize(
    ("extra", "rule"),
    [({"shoe size": "4"}, "a field that is not known"), ({"uses ": "count"}, "the field uses stands twice")],
)
def test_other_rows_in_the_first_table_are_refused(refused, files, extra, rule):
    assert [
        finding.rule for finding in refused("docx", files.document(["A light."], {**FIELDS, **extra}), **NOTHING)
    ] == [rule]


@pytest.mark.parametrize("missing", ["kind", "Month", "role", "uses"])
def test_a_fact_that_nothing_gives_is_refused_and_never_guessed(refused, files, missing):
    fields = {key: value for key, value in FIELDS.items() if key != missing}
    (finding,) = refused("docx", files.document(["A light."], fields), **NOTHING)
    assert finding.rule == f"it says no {missing.lower()}"


def test_headings_are_left_out_and_said(read, files):
    styles = (
        '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style></w:styles>'
    )
    heading = '<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>Our evening</w:t></w:r></w:p>'
    found = read("docx", files.word(heading + files.paragraph("A light."), word__styles_dot_xml=styles))
    assert found.places == (("the file, paragraph 2",),)
    assert found.notes == ("1 heading(s) left out.",)


def test_worked_examples_are_left_out_and_said(read, texts, files):
    found = read("docx", files.document(["Example: Seat 4: like this.", "A light."]))
    assert texts(found) == [["A light."]]
    assert found.notes == ("1 worked example(s) of the template were left out.",)


def test_breaks_tabs_and_runs_are_one_text(read, texts, files):
    first = "<w:r><w:t>A</w:t><w:tab/><w:t>light</w:t></w:r>"
    second = "<w:r><w:br/><w:t>h</w:t><w:noBreakHyphen/><w:t>ere</w:t></w:r>"
    assert texts(read("docx", files.word(f"<w:p>{first}{second}</w:p>"))) == [["A\tlight\nh\u2011ere"]]


@pytest.mark.parametrize(
    "wrapped",
    [
        "<w:hyperlink>{}</w:hyperlink>",
        "<w:smartTag>{}</w:smartTag>",
        "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>",
        '<w:fldSimple w:instr="x">{}</w:fldSimple>',
        "<w:customXml>{}</w:customXml>",
    ],
)
def test_words_within_other_elements_are_never_dropped(read, texts, files, wrapped):
    body = "<w:p><w:r><w:t>A </w:t></w:r>" + wrapped.format("<w:r><w:t>light</w:t></w:r>") + "</w:p>"
    assert texts(read("docx", files.word(body))) == [["A light"]]


def test_paragraphs_within_a_content_control_are_read(read, texts, files):
    body = f"<w:sdt><w:sdtContent>{files.paragraph('A light.')}{files.paragraph('A bench.')}</w:sdtContent></w:sdt>"
    assert texts(read("docx", files.word(body))) == [["A light.", "A bench."]]


def test_the_code_of_a_field_is_not_words(read, texts, files):
    body = "<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>A light.</w:t></w:r></w:p>"
    assert texts(read("docx", files.word(body))) == [["A light."]]


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ("<w:ins><w:r><w:t>x</w:t></w:r></w:ins>", "tracked changes"),
        ("<w:del><w:r><w:delText>x</w:delText></w:r></w:del>", "tracked changes"),
        ("<w:moveFrom><w:r><w:t>x</w:t></w:r></w:moveFrom>", "tracked changes"),
        ("<w:moveTo><w:r><w:t>x</w:t></w:r></w:moveTo>", "tracked changes"),
        ("<w:r><w:commentReference/></w:r>", "a comment"),
        ("<w:r><w:footnoteReference/></w:r>", "a footnote or endnote"),
        ("<w:r><w:object/></w:r>", "an embedded object"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r>", "hidden text"),
        ("<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr></w:sdt>", "a form field that was not filled in"),
        ("<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>", "a text box"),
    ],
)
def test_what_can_be_neither_read_nor_left_out_is_refused_with_its_paragraph(refused, files, markup, rule):
    body = files.paragraph("A light.") + f"<w:p>{markup}</w:p>"
    (finding,) = refused("docx", files.word(body))
    assert (finding.place, finding.rule) == ("the file, paragraph 2", rule)


def test_text_that_is_hidden_and_shown_again_is_read(read, texts, files):
    body = '<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>A light.</w:t></w:r></w:p>'
    assert texts(read("docx", files.word(body))) == [["A light."]]


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("word__comments_dot_xml", "comments"),
        ("word__embeddings__a_dot_bin", "embedded objects"),
        ("word__diagrams__a_dot_xml", "a diagram"),
        ("word__charts__a_dot_xml", "a chart"),
        ("word__vbaProject_dot_bin", "macros"),
    ],
)
def test_parts_that_hold_more_than_paragraphs_are_refused(refused, files, part, rule):
    body = files.word(files.paragraph("A light."), **{part: "<x/>"})
    assert [finding.rule for finding in refused("docx", body)] == [rule]


def test_a_table_within_the_notes_is_refused(refused, files):
    grid = f"<w:tbl><w:tr><w:tc>{files.paragraph('A bench.')}</w:tc></w:tr></w:tbl>"
    (finding,) = refused("docx", files.word(files.paragraph("A light.") + grid))
    assert finding.rule == "a table that is not our template's"
    inner = f"<w:tbl><w:tr><w:tc>{grid}</w:tc></w:tr></w:tbl>"
    assert "a table within a table" in {each.rule for each in refused("docx", files.word(inner))}


def test_an_empty_table_does_no_harm(read, files):
    grid = "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    assert read("docx", files.word(grid + files.paragraph("A light."))).submissions


def test_pictures_symbols_and_page_headers_are_left_out_and_said(read, files):
    body = files.paragraph("A light.") + "<w:p><w:r><w:drawing/><w:sym/></w:r></w:p>"
    around = '<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p>Ours</w:p></w:hdr>'
    found = read("docx", files.word(body, word__header1_dot_xml=around))
    assert found.notes == (
        "1 picture(s) left out.",
        "1 symbol(s) of a picture font left out.",
        "Page headers and footers were left out.",
    )


def test_the_second_form_of_a_picture_is_not_read_twice(read, texts, files):
    twice = "<w:r><Choice><w:drawing/></Choice><Fallback><w:pict/><w:t>x</w:t></Fallback></w:r>"
    found = read("docx", files.word(files.paragraph("A light.") + f"<w:p>{twice}</w:p>"))
    assert (texts(found), found.notes) == ([["A light."]], ("1 picture(s) left out.",))


def test_seats_and_persons_in_front_of_a_paragraph_are_read(read, files):
    found = read(
        "docx", files.document(["Seat 4: A light.", "person 12 : A bench.", "Amina: A tree.", "Seat: A rail."])
    )
    said = found.submissions[0].contributions
    assert [(each.seat, each.person, each.text) for each in said] == [
        (4, None, "A light."),
        (None, 12, "A bench."),
        (None, None, "Amina: A tree."),
        (None, None, "Seat: A rail."),
    ]


def test_a_letter_of_one_person_is_one_contribution(read, texts, files):
    options = {"kind": "written_submission", "month": "2025-03", "role": "survivor", "uses": ("count",)}
    found = read("docx", files.document(["A light.", "A bench."]), **options)
    assert texts(found) == [["A light.\n\nA bench."]]
    assert "kept together" in found.notes[0]


def test_nothing_said_is_refused(refused, files):
    assert refused("docx", files.document([]))[0].rule == "nothing was said"


def test_a_declaration_of_entities_is_refused(refused, files):
    parts = files.unpack(files.word(files.paragraph("A light.")))
    parts["word/document.xml"] = b'<!DOCTYPE x SYSTEM "file:///etc/hosts">' + parts["word/document.xml"]
    assert "DTD" in refused("docx", files.pack(parts))[0].rule


def test_a_paragraph_of_five_megabytes_is_refused(refused, files):
    (finding,) = refused("docx", files.word(files.paragraph("light " * 900_000)))
    assert finding.rule == "too long for a paragraph"


def test_elements_within_elements_without_end_are_refused(refused, files):
    deep = "<w:sdt>" * 300 + "</w:sdt>" * 300
    assert "nested too deeply" in refused("docx", files.word(deep))[0].rule


def test_a_workbook_under_the_name_of_a_document_is_refused(refused, files):
    book = files.workbook({"A": files.worksheet(files.sheet_rows([["text"], ["A light."]]))})
    assert refused("docx", book)[0].rule == "not the format that its name says"


def test_control_characters_that_xml_allows_are_refused(refused, files):
    (finding,) = refused("docx", files.word("<w:p><w:r><w:t>A light &#x85; here.</w:t></w:r></w:p>"))
    assert (finding.place, finding.rule) == ("the file, paragraph 1", "control characters")
