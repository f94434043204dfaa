# SPDX-License-Identifier: MPL-2.0
"""Whether the books of the living nodes balance (the method `kith.books` of each). Pure.

A snapshot is {instance: {(scope, direction, key): account}}. Two of them, each taken when nothing was
going on, with the same instances alive throughout, must agree to the event: what the publishers of a
topic sent between them is what each subscriber had delivered or knows that it missed.
"""

# No fault that a soak injects makes one of these.
NEVER = {"malformed", "too_large", "unknown_kind", "unknown_topic", "rate_limited", "bad_beacon",
         "table_full", "queue_full"}


def snapshot_of(reply):
    """From the reply of kith.books as JSON."""
    return {(row["scope"], row["direction"], row["key"]): row for row in reply["accounts"]}


def dropped(account):
    return sum(account["dropped"].values())


def own_faults(snapshot):
    """What is wrong with each node's books by themselves, as lines."""
    wrong = []
    for instance, books in sorted(snapshot.items()):
        for (scope, direction, key), account in sorted(books.items()):
            where = f"{instance}: {direction} {scope} {key}"
            parts = account["delivered"] + account["in_flight"] + dropped(account)
            if account["sent"] != parts:
                wrong.append(f"{where}: {account['sent']} sent, but {parts} delivered, in flight or "
                             f"dropped")
            if (scope, direction) == ("topic", "inbound") and account["in_flight"]:
                wrong.append(f"{where}: {account['in_flight']} events neither delivered nor missed")
            bad = NEVER & set(account["dropped"])
            for reason in sorted(bad):
                wrong.append(f"{where}: {account['dropped'][reason]} dropped as {reason}, which no "
                             f"fault of a soak explains")
    return wrong


def service_of(instance):
    return instance.rpartition("-")[0]


def counters(snapshot, instance, direction, topic):
    return snapshot[instance].get(("topic", direction, topic),
                                  {"sent": 0, "delivered": 0, "dropped": {}})


def reckon(before, after):
    """Gives (problems, told, delivered, missed): what publishers told between the two snapshots,
    times the subscribers of each, and what became of it. A node does not hear itself."""
    problems, told, delivered, missed = [], 0, 0, 0
    topics = {key for books in after.values() for scope, direction, key in books
              if (scope, direction) == ("topic", "outbound")}
    for topic in sorted(topics):
        heads = {i: counters(after, i, "outbound", topic)["sent"]
                    - counters(before, i, "outbound", topic)["sent"] for i in after}
        listening = {service_of(i) for i, books in after.items()
                     if ("topic", "inbound", topic) in books}
        for instance in sorted(after):
            if service_of(instance) not in listening:
                continue
            now = counters(after, instance, "inbound", topic)
            then = counters(before, instance, "inbound", topic)
            others = sum(heads.values()) - heads[instance]
            got = now["delivered"] - then["delivered"]
            lost = now["dropped"].get("gap", 0) - then["dropped"].get("gap", 0)
            told, delivered, missed = told + others, delivered + got, missed + lost
            if got + lost != others:
                problems.append(f"{topic} at {instance}: its publishers told {others} events; {got} "
                                f"delivered and {lost} missed are {got + lost}")
    return problems, told, delivered, missed
