"""Who is asked: one organisation for each sector and area, and the board where that is not plain."""

from hypothesis import given
from hypothesis import strategies as st

from services.reporter.recommendations.routing import Organisation, route


def org(name, *sectors, areas=()):
    return Organisation(organisation=name, title=name.title(), kind="statutory", sectors=sectors, areas=areas)


LAMBETH = org("lambeth-housing", "housing", areas=("lambeth",))
CAMDEN = org("camden-housing", "housing", areas=("camden",))
POLICE = org("police", "police")
COUNCIL = org("council", "housing", "education")


def test_the_only_one_of_a_sector_is_asked_wherever_it_was_said():
    assert route(["police"], (), [POLICE, LAMBETH]).asked == (("police", ("police",)),)
    assert route(["police"], ("lambeth", "camden"), [POLICE]).asked == (("police", ("police",)),)


def test_the_one_that_names_the_area_goes_before_the_one_that_works_everywhere():
    routed = route(["housing"], ("lambeth",), [COUNCIL, LAMBETH])
    assert routed.asked == (("lambeth-housing", ("housing",)),)
    assert route(["housing"], ("hackney",), [COUNCIL, LAMBETH]).asked == (("council", ("housing",)),)


def test_each_area_has_its_own():
    routed = route(["housing"], ("camden", "lambeth"), [LAMBETH, CAMDEN])
    assert [name for name, _ in routed.asked] == ["camden-housing", "lambeth-housing"]
    assert not routed.is_open


def test_two_sectors_of_one_organisation_are_one_question():
    assert route(["education", "housing"], (), [COUNCIL]).asked == (("council", ("education", "housing")),)


def test_none_or_several_is_for_the_board():
    assert route(["housing"], (), [LAMBETH, CAMDEN]).open_sectors == ("housing",)
    assert route(["housing"], ("hackney",), [LAMBETH]).open_sectors == ("housing",)
    assert route(["health"], (), [POLICE]).is_open
    assert route([], ("lambeth",), [POLICE]).is_open


def test_what_is_plain_is_asked_while_the_rest_is_open():
    routed = route(["police", "health"], (), [POLICE])
    assert routed.asked == (("police", ("police",)),)
    assert (routed.open_sectors, routed.is_open) == (("health",), True)


known = st.lists(st.sampled_from([LAMBETH, CAMDEN, POLICE, COUNCIL]), unique=True)
named = st.lists(st.sampled_from(["housing", "police", "education", "health"]))
areas = st.sets(st.sampled_from(["lambeth", "camden", "hackney"]))


@given(named, areas, known, st.randoms(use_true_random=False))
def test_every_sector_is_asked_or_open_and_order_does_not_matter(sectors, places, organisations, random):
    routed = route(sectors, places, organisations)
    asked = {sector for _, own in routed.asked for sector in own}
    assert asked | set(routed.open_sectors) == set(sectors)
    by_id = {each.organisation: each for each in organisations}
    assert all(sector in by_id[name].sectors for name, own in routed.asked for sector in own)
    shuffled = list(organisations)
    random.shuffle(shuffled)
    assert route(sectors, sorted(places), shuffled) == routed
