"""The demo's data keeps the rules the service keeps; a slip here would be a refusal in the demo.

Read as plain files, without the service: regions exist, references resolve, licences fit the goods,
floors lie below prices, and the story's sums come out.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parents[2] / "app"

Row = dict[str, Any]
Goods = tuple[str, str]

FOOD = {"processed_food", "snacks", "drinks"}
CATEGORIES = FOOD | {"clothing", "household", "crafts", "fresh", "plants_fish"}
LEVELS = ("province", "regency", "district", "village")
STATUS = re.compile(
    "pending|picked_up|in_transit|on_hold|delivery_delayed|out_for_delivery|ready_for_pickup"
    "|delivered|delivery_failed|return_to_sender|cancelled|unknown"
)
EGGS = ("eggs", "medium")


def load(path: str) -> Any:
    return json.loads((APP / path).read_text(encoding="utf-8"))


with (APP / "regions/data/regions.csv").open(encoding="utf-8", newline="") as file:
    REGION_ROWS = list(csv.DictReader(file))
REGIONS = {row["code"]: row for row in REGION_ROWS}
COMMODITIES: dict[str, Row] = {
    c["code"]: c for c in load("catalog/data/commodities.json")["commodities"]
}
SELLERS: list[Row] = load("demo/data/sellers.json")["sellers"]
LISTING_FILE = load("demo/data/listings.json")
LISTINGS: list[Row] = LISTING_FILE["listings"]
FARM_FILE = load("demo/data/farms.json")
FARMS: list[Row] = FARM_FILE["farms"]
PRODUCER_FILE = load("demo/data/producers.json")
PRODUCERS: list[Row] = PRODUCER_FILE["producers"]
BUYER_FILE = load("demo/data/buyers.json")
BUYERS: list[Row] = BUYER_FILE["buyers"]
STORY = load("demo/data/story.json")
ROAD = load("demo/data/road.json")

PARTIES = [*SELLERS, *FARMS, *PRODUCERS, *BUYERS, *BUYER_FILE["carriers"]]
OFFERS = [(f, f["offer"]) for f in FARMS] + [(p, o) for p in PRODUCERS for o in p["offers"]]
PRICED_ORDERS = [STORY["trial"], STORY["depok"], *STORY["reciprocal"]["orders"]]
INDEXED, QUOTE, TRUCK_DAY = STORY["indexed"], STORY["quote"], STORY["truck_day"]
OF_THE_TRUCK_DAY = [INDEXED["call_off"], QUOTE, TRUCK_DAY["order"]]
PRICED_LINES = [
    *STORY["agreement"]["lines"],
    *INDEXED["lines"],
    *({**line, **each} for line in QUOTE["lines"] for each in QUOTE["rounds"]),
    *(x for o in [*PRICED_ORDERS, TRUCK_DAY["order"]] for x in o["lines"]),
]
SERIES: dict[str, Row] = {
    each["code"]: each for each in load("demo/data/price_series.json")["series"]
}


def kg(quantity: Row) -> Decimal:
    assert quantity["unit"] == "kg"
    return Decimal(quantity["value"])


def amount(price: Row) -> Decimal:
    return Decimal(price["amount"])


def goods(row: Row) -> Goods:
    return row["commodity"], row["grade"]


def by_goods(rows: list[Row], field: str = "quantity") -> dict[Goods, Decimal]:
    """Kilograms per commodity and grade."""
    sums: dict[Goods, Decimal] = {}
    for row in rows:
        sums[goods(row)] = sums.get(goods(row), Decimal(0)) + kg(row[field])
    return sums


def licences(party: Row) -> set[str]:
    """Kinds that hold: valid, or an NKV under coaching."""
    good = {("nkv", "under_coaching")} | {(x["kind"], "valid") for x in party["licences"]}
    return {x["kind"] for x in party["licences"] if (x["kind"], x["outcome"]) in good}


def walk(node: Any) -> list[Row]:
    """Every object of a document, at any depth."""
    if isinstance(node, list):
        return [found for each in node for found in walk(each)]
    if isinstance(node, dict):
        return [node, *(found for each in node.values() for found in walk(each))]
    return []


class TestRegions:
    def test_codes_are_unique_and_parents_stand_before_children(self) -> None:
        seen: set[str] = set()
        for row in REGION_ROWS:
            assert row["code"] not in seen
            assert row["parent_code"] == row["code"].rpartition(".")[0]
            assert row["parent_code"] in seen | {""}
            assert row["level"] == LEVELS[row["code"].count(".")]
            assert bool(row["postal_code"]) == (row["level"] == "village")
            seen.add(row["code"])

    def test_what_is_promised_complete_is_complete(self) -> None:
        count = Counter((row["code"][:5], row["level"]) for row in REGION_ROWS)
        assert sum(row["level"] == "province" for row in REGION_ROWS) == 38
        assert (count["35.72", "district"], count["35.72", "village"]) == (3, 21)
        assert (count["35.05", "district"], count["35.05", "village"]) == (22, 248)
        assert [count[f"31.7{n}", "district"] for n in range(1, 6)] == [8, 6, 8, 10, 10]

    def test_every_region_the_demo_names_exists(self) -> None:
        sites = [party["site"] for party in PARTIES if "site" in party]
        codes = {site["region_code"] for site in [*sites, BUYER_FILE["hub_site"]]}
        assert codes | {listing["origin_region_code"] for listing in LISTINGS} <= set(REGIONS)


class TestCatalogue:
    def test_commodities_of_the_contract_with_unique_grades(self) -> None:
        assert {"eggs", "chicken", "tomato", "chilli", "corn"} <= set(COMMODITIES)
        for code, commodity in COMMODITIES.items():
            grades = [grade["code"] for grade in commodity["grades"]]
            assert len(grades) == len(set(grades)) > 0
            assert commodity["required_licences"] == ["nkv"] * (code in {"eggs", "chicken"})

    def test_everything_traded_names_a_commodity_and_grade(self) -> None:
        known = {(c["code"], grade["code"]) for c in COMMODITIES.values() for grade in c["grades"]}
        traded = {goods(row) for row in walk([STORY, FARMS, PRODUCERS]) if "grade" in row}
        assert {EGGS} <= traded <= known


class TestParties:
    def test_references_and_licence_numbers_are_unique(self) -> None:
        for group in (SELLERS, LISTINGS, FARMS, PRODUCERS, BUYERS):
            assert len({each["external_reference"] for each in group}) == len(group)
        numbers = [each["number"] for p in PARTIES for each in p.get("licences", [])]
        assert len(set(numbers)) == len(numbers)

    def test_nobody_is_taken_for_real(self) -> None:
        """Invented, and plainly so; or real, and then with invented figures and a source."""
        for party in PARTIES:
            if party["invented"]:
                assert re.search(r"\(contoh\)$|\bContoh\b", party["name"])
            else:
                assert party["figures_invented"] is True
                assert party["source"]
            assert all(each["number"].startswith("CONTOH-") for each in party.get("licences", []))

    def test_a_party_in_two_files_is_the_same_party(self) -> None:
        producers = {p["external_reference"]: p for p in PRODUCERS}
        both = [b for b in BUYERS if b["external_reference"] in producers]
        assert {b["external_reference"] for b in both} == {"berkah-telur", "kopi-siaga"}
        for buyer in both:
            producer = producers[buyer["external_reference"]]
            assert (buyer["name"], buyer["roles"]) == (producer["name"], producer["roles"])

    def test_umkm_cover_all_kelurahan_of_the_city_and_farms_lie_in_the_regency(self) -> None:
        villages = {code for code, row in REGIONS.items() if row["level"] == "village"}
        city = {code for code in villages if code.startswith("35.72.")}
        assert {s["site"]["region_code"] for s in SELLERS} == city
        assert {f["site"]["region_code"] for f in FARMS} <= villages - city

    def test_offers_have_the_licence_their_goods_need(self) -> None:
        for party, offer in OFFERS:
            assert set(COMMODITIES[offer["commodity"]]["required_licences"]) <= licences(party)


class TestListings:
    def test_at_least_thirty_sellers_with_sixty_listings(self) -> None:
        assert len(SELLERS) >= 30
        assert 55 <= len(LISTINGS) <= 65
        assert {row["seller"] for row in LISTINGS} == {s["external_reference"] for s in SELLERS}

    def test_licences_fit_the_category(self) -> None:
        sellers = {s["external_reference"]: s for s in SELLERS}
        assert {listing["category"].split(".")[0] for listing in LISTINGS} == CATEGORIES
        for listing in LISTINGS:
            if listing["category"].split(".")[0] in FOOD:
                assert {"pirt", "halal"} <= licences(sellers[listing["seller"]])

    def test_what_the_curator_sends_back_is_corrected_to_what_the_book_says(self) -> None:
        listings = {listing["external_reference"]: listing for listing in LISTINGS}
        for case in load("demo/data/curation.json")["sent_back"]:
            corrected = listings[case["listing"]]
            assert all(corrected[field] != said for field, said in case["first"].items())

    def test_price_unit_and_source(self) -> None:
        for listing in LISTINGS:
            assert listing["source"] in LISTING_FILE["sources"]
            assert listing["price"]["per"] == {"value": "1", "unit": listing["unit"]}
            assert 5_000 <= amount(listing["price"]) <= 1_000_000


class TestNumbers:
    def test_decimals_are_strings_and_rupiah_are_whole(self) -> None:
        rows = walk([LISTINGS, FARMS, PRODUCERS, STORY])
        amounts = [row["amount"] for row in rows if "amount" in row]
        values = [row["value"] for row in rows if "value" in row]
        assert min(len(amounts), len(values)) > 100
        assert all(re.fullmatch(r"[1-9]\d*", each) for each in amounts)
        assert all(re.fullmatch(r"\d+(\.\d{1,3})?", each) for each in values)

    def test_no_floor_exceeds_a_price_asked_for_the_same_goods(self) -> None:
        for _, offer in OFFERS:
            prices = [amount(x["price"]) for x in PRICED_LINES if goods(x) == goods(offer)]
            assert amount(offer["floor_price"]) <= min(prices)

    def test_no_price_exceeds_the_published_ones(self) -> None:
        published = {item["commodity"]: item for item in STORY["reference_prices"]["items"]}
        for line in PRICED_LINES:
            item = published[line["commodity"]]
            highest = (item["consumer"] or item["producer"])[-1]
            assert amount(line["price"]) <= Decimal(highest)


class TestTrial:
    def test_forty_farms_of_which_two_decline_one_reduces_and_six_are_under_coaching(self) -> None:
        behaviour = Counter(farm["behaviour"] for farm in FARMS)
        assert behaviour == {"confirms": 37, "declines": 2, "reduces": 1}
        outcomes = Counter(each["outcome"] for farm in FARMS for each in farm["licences"])
        assert outcomes == {"valid": 34, "under_coaching": 6}

    def test_the_tonne_is_filled_even_after_declines(self) -> None:
        willing = [f for f in FARMS if f["behaviour"] != "declines"]
        offered = [kg(f["offer"]["quantity"]) for f in FARMS]
        assert by_goods(STORY["trial"]["lines"]) == {EGGS: 1_000}
        assert 1_600 <= sum(offered) <= 1_900
        assert sum(kg(f.get("reduce_to", f["offer"]["quantity"])) for f in willing) >= 1_000

    def test_reducing_is_less_than_a_fair_share(self) -> None:
        """Whoever offers more than an equal part gets at least an equal part."""
        (farm,) = (f for f in FARMS if f["behaviour"] == "reduces")
        equal_part = Decimal(1_000) / len(FARMS)
        assert kg(farm["reduce_to"]) < equal_part < kg(farm["offer"]["quantity"])

    def test_the_verdict_adds_up_and_falls_on_farms_that_deliver(self) -> None:
        verdict = STORY["trial"]["verdict"]
        parts = {part: kg(verdict[part]) for part in verdict if part != "by_farm"}
        assert parts == {"accepted": 988, "downgraded": 8, "rejected": 0, "short": 4}
        for part in ("downgraded", "short"):
            assert sum(kg(row[part]) for row in verdict["by_farm"] if part in row) == parts[part]
        delivering = {f["external_reference"] for f in FARMS if f["behaviour"] == "confirms"}
        assert {row["farm"] for row in verdict["by_farm"]} <= delivering


class TestAgreement:
    def test_four_lines_make_three_hundred_tonnes(self) -> None:
        quota = by_goods(STORY["agreement"]["lines"], "quota")
        assert {commodity for commodity, _ in quota} == {"eggs", "chicken", "tomato", "chilli"}
        assert sum(quota.values()) == 300_000

    def test_call_offs_use_up_the_eggs_and_the_last_is_refused(self) -> None:
        quota = by_goods(STORY["agreement"]["lines"], "quota")
        *placed, last = STORY["call_offs"]
        used = by_goods([line for order in placed for line in order["lines"]])
        before = by_goods([line for order in placed[:-1] for line in order["lines"]])
        assert all(used[each] <= quota[each] for each in quota)
        assert before[EGGS] < used[EGGS] == quota[EGGS]
        assert {order["expect"] for order in placed} == {"placed"}
        assert last["expect"] == "quota_exceeded"
        assert kg(last["left"]) == 0
        assert set(by_goods(last["lines"])) == {EGGS}

    def test_producers_can_carry_the_month(self) -> None:
        can = by_goods([offer for producer in PRODUCERS for offer in producer["offers"]])
        must = by_goods(STORY["agreement"]["lines"], "quota")
        more = by_goods([line for order in PRICED_ORDERS[1:] for line in order["lines"]])
        for each in must.keys() | more.keys():
            assert can[each] >= must.get(each, 0) + more.get(each, 0)

    def test_deliveries_of_the_quota_month_miss_the_farms_window(self) -> None:
        """Otherwise, at a month's end, forty small leftovers would be drawn into lorry loads."""
        closes = FARM_FILE["offers_available"]["until_day"]
        opens = PRODUCER_FILE["offers_available"]["from_day_of_quota_month"]
        assert STORY["trial"]["deliver_day"] <= closes < opens
        for order in [*STORY["call_offs"], *PRICED_ORDERS[1:]]:
            assert opens <= order["deliver_day_of_quota_month"] <= 28


class TestOtherTrades:
    def test_every_buyer_of_the_story_exists(self) -> None:
        buyers = {row["buyer"] for row in walk(STORY) if "buyer" in row}
        assert buyers == {b["external_reference"] for b in BUYERS}
        assert by_goods(STORY["depok"]["lines"]) == {EGGS: 10_000}

    def test_reciprocal_goods_have_one_seller_each_and_the_net_is_right(self) -> None:
        owed: dict[str, Decimal] = {}
        for order in STORY["reciprocal"]["orders"]:
            (line,) = order["lines"]
            sellers = [p["external_reference"] for p, o in OFFERS if goods(o) == goods(line)]
            assert sellers == [order["seller"]]
            owed[order["buyer"]] = kg(line["quantity"]) * amount(line["price"])
        net = STORY["reciprocal"]["net"]
        assert owed[net["pays"]] - owed[net["receives"]] == amount(net) > 0

    def test_tracking_leads_to_jakarta_with_one_late_and_one_repeated_report(self) -> None:
        events = STORY["tracking"]["events"]
        assert all(STATUS.fullmatch(event["status"]) for event in events)
        assert (events[0]["status"], events[-1]["status"]) == ("picked_up", "delivered")
        on_time = [event["after_minutes"] for event in events if not event.get("late")]
        assert len(on_time) == len(events) - 1
        assert on_time == sorted(on_time)
        (repeat,) = (event for event in events if event.get("repeat"))
        assert {key: value for key, value in repeat.items() if key != "repeat"} in events
        assert len({event["external_id"] for event in events}) == len(events) - 1


class TestPrices:
    def test_series_have_their_source_and_readings_in_order(self) -> None:
        assert set(INDEXED["sheets"]) < set(SERIES)
        for each in SERIES.values():
            assert each["source"]
            assert each["commodity"] in COMMODITIES
            days = [reading["read_on"] for reading in each["readings"]]
            assert days == sorted(set(days))

    def test_the_indexed_price_meets_its_ceiling(self) -> None:
        """Whenever it is told: the newest reading and the spread come to more than was agreed."""
        (line,) = INDEXED["lines"]
        index = line["price_index"]
        reading = Decimal(SERIES[index["series"]]["readings"][-1]["amount"])
        spread = reading * Decimal(index["spread_pct"]) / 100 + Decimal(index["spread_amount"])
        least, most = Decimal(index["floor_amount"]), Decimal(index["ceiling_amount"])
        assert least < amount(line["price"]) < most < reading + spread

    def test_the_call_off_fits_the_week(self) -> None:
        (line,), (asked,) = INDEXED["lines"], INDEXED["call_off"]["lines"]
        assert goods(line) == goods(asked)
        assert kg(line["min_call_off"]) <= kg(asked["quantity"]) <= kg(line["quota"])

    def test_both_sides_of_the_quote_come_nearer(self) -> None:
        assert [each["by"] for each in QUOTE["rounds"]] == ["hub", "buyer", "hub"]
        first, counter, last = (amount(each["price"]) for each in QUOTE["rounds"])
        assert counter < last < first


class TestTruckDay:
    def test_all_orders_are_for_the_last_day_of_the_farms_window(self) -> None:
        days = {order["deliver_day"] for order in OF_THE_TRUCK_DAY}
        assert days == {FARM_FILE["offers_available"]["until_day"]}

    def test_what_the_trial_leaves_is_enough_even_without_the_farm_that_declines(self) -> None:
        offered = {f["external_reference"]: kg(f["offer"]["quantity"]) for f in FARMS}
        needed = by_goods([line for order in OF_THE_TRUCK_DAY for line in order["lines"]])
        left = sum(offered.values()) - 1_000 - offered[TRUCK_DAY["declines"]["farm"]]
        assert set(needed) == {EGGS}
        assert needed[EGGS] < left

    def test_who_declines_asks_and_gets_nothing_are_three_farms(self) -> None:
        """The one that gets nothing has less than everybody's part of the trial: all it had."""
        offered = {f["external_reference"]: kg(f["offer"]["quantity"]) for f in FARMS}
        nothing = TRUCK_DAY["got_nothing"]
        assert len({TRUCK_DAY["declines"]["farm"], TRUCK_DAY["asks_why"], nothing}) == 3
        assert offered[nothing] < Decimal(1_000) / len(FARMS)

    def test_a_call_off_is_made_smaller_and_not_by_its_eggs(self) -> None:
        """Their quota is used up to the last egg, so that the seventh call-off is refused."""
        change = STORY["change"]
        (order,) = (c for c in STORY["call_offs"] if c["external_reference"] == change["order"])
        (line,) = (x for x in order["lines"] if x["commodity"] == change["commodity"])
        assert change["commodity"] != "eggs"
        assert 0 < kg(change["quantity"]) < kg(line["quantity"])
        assert change["short"]["order"] == TRUCK_DAY["order"]["external_reference"]


def test_the_road_is_one_truck_of_people_who_are_there() -> None:
    """Farms and buyers are the other files', and what they bring is what is ordered, or more."""
    farms = {farm["external_reference"] for farm in FARMS}
    named = [each["farm"] for each in ROAD["farms"]]
    singled_out = {ROAD[name]["farm"] for name in ("weighed_again", "inspection", "recall")}
    assert set(named) <= farms
    assert singled_out <= set(named)
    assert ROAD["slaughterhouse"]["seller"] in {p["external_reference"] for p in PRODUCERS}
    buyers = {buyer["external_reference"] for buyer in BUYERS}
    assert {ROAD["eggs"]["buyer"], ROAD["chicken"]["buyer"]} <= buyers
    for order, offers in (("eggs", ROAD["farms"]), ("chicken", [ROAD["slaughterhouse"]])):
        (line,) = ROAD[order]["lines"]
        assert {goods(offer) for offer in offers} == {goods(line)}
        assert sum(kg(offer["quantity"]) for offer in offers) >= kg(line["quantity"])
    assert goods(ROAD["eggs"]["lines"][0]) != EGGS, "the truck-day's farms would have less"


def test_the_road_says_nothing_it_cannot() -> None:
    """Statuses are known, no more is granted than claimed, and the box is warm for three readings
    in a row: a breach."""
    facts = [*ROAD["facts"], ROAD["mistyped"]]
    assert all(STATUS.fullmatch(fact["status"]) for fact in facts)
    claim = ROAD["claim"]
    for line, granted in zip(claim["lines"], claim["granted"], strict=True):
        assert Decimal(granted) <= kg(line["quantity"])
    limit = ROAD["chicken_temperature"]["max"]
    warm = "".join("x" if r["temperature_c"] > limit else "." for r in ROAD["sensor"]["readings"])
    assert re.fullmatch(r"\.+x{3,}\.+", warm)
