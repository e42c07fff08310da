"""Ordinary statements and functions around the point of interest; the same on both sides of a pair."""

from __future__ import annotations

STATEMENTS = [
    s.strip("\n")
    for s in """
logger.info("$log", "$noun")
---
logger.debug("$log", $num)
---
logging.info("$log", "$word")
---
$local = time.monotonic()
---
$local = datetime.utcnow().isoformat()
---
$local = $num
---
$local = "$noun"
---
$local = {"$key": $num, "$key2": "$noun"}
---
$local = ["$noun", "$noun2", "$noun3"]
---
$local = []
for $local2 in range($num):
    $local.append($local2 * $num2)
---
$local = sum(range($num))
---
$local = {}
for $local2 in ("$noun", "$noun2"):
    $local[$local2] = len($local2)
---
$local = settings.$const
---
if settings.DEBUG_TIMINGS:
    logger.debug("$log", time.time())
---
$local = max($num, $num2)
---
metrics.increment("$noun.$verb")
---
stats["$noun"] = stats.get("$noun", 0) + 1
---
$local = int(os.environ.get("$env", "$num"))
---
$local = sorted({"$noun", "$noun2", "$key"})
---
$local = [n.upper() for n in ("$noun", "$noun2")]
---
$local = date.today() - timedelta(days=$num)
---
try:
    $local = int(settings.$const)
except (TypeError, ValueError):
    $local = $num
---
$local = Counter()
$local["$noun"] += 1
---
assert $num > 0, "$phrase"
---
$local = ", ".join(["$noun", "$noun2"])
---
with timer("$noun"):
    $local = warm_up($num)
---
$local = next((n for n in ("$noun", "$noun2") if n.startswith("$word")), None)
---
$local = round($num / $num2, 2)
---
$local, $local2 = divmod($num, 7)
---
cache.set("$noun:$key", $num, timeout=$secs)
---
$local = cache.get("$noun:$key2")
if $local is None:
    $local = $num
---
if not hasattr(settings, "$const"):
    logger.warning("$log", "$const")
---
$local = partial(print, "$noun")
---
$local = zip(("$key", "$key2"), ($num, $num2))
$local2 = dict($local)
---
$local = "$noun" if settings.$const else "$noun2"
---
for $local in range(3):
    if $local == 2:
        break
---
$local = os.path.join(settings.BASE_DIR, "$noun")
---
$local = [x for x in range($num) if x % 2]
---
print("$noun", $num)
---
signals.$noun_done.send(sender=None)
---
$local = math.ceil($num / $num2)
---
$local = set()
$local.add("$noun")
---
$local = json.dumps({"$key": "$noun"})
---
$local = lambda n: n + $num
---
$local = deque(maxlen=$num)
$local.append("$noun")
""".split("---\n")
]

FUNCTIONS = [
    s.strip("\n")
    for s in """
def $fn(items):
    total = 0
    for item in items:
        total += item.$key * $num
    return total
---
def $fn(value, default=$num):
    try:
        return int(value)
    except (TypeError, ValueError):
        return default
---
def $fn(rows):
    return [{"$key": row[0], "$key2": row[1]} for row in rows]
---
def $fn(a, b):
    if a > b:
        a, b = b, a
    return (a + b) / 2
---
class $class:
    def __init__(self, $key, $key2=None):
        self.$key = $key
        self.$key2 = $key2

    def __repr__(self):
        return "<$class %s>" % self.$key
---
@dataclass
class $class:
    $key: str
    $key2: int = $num
---
def $fn(text):
    words = text.split()
    return " ".join(w.capitalize() for w in words[:$num])
---
def $fn(start, end):
    days = []
    while start <= end:
        days.append(start)
        start += timedelta(days=1)
    return days
---
$const = $num
---
$const = ("$noun", "$noun2", "$noun3")
---
logger = logging.getLogger(__name__)
---
def $fn(obj):
    return {k: v for k, v in obj.items() if v is not None}
---
async def $fn(queue):
    while not queue.empty():
        yield await queue.get()
---
def $fn(seq, size=$num):
    for i in range(0, len(seq), size):
        yield seq[i : i + size]
---
def $fn(total, part):
    if not total:
        return 0.0
    return round(100.0 * part / total, 1)
---
class $class(Exception):
    pass
---
class $class(Enum):
    FIRST = "$noun"
    SECOND = "$noun2"
---
def $fn(matrix):
    return [list(col) for col in zip(*matrix)]
---
def $fn(old, new):
    added = set(new) - set(old)
    removed = set(old) - set(new)
    return added, removed
---
@lru_cache(maxsize=$num)
def $fn(n):
    return n if n < 2 else $fn(n - 1) + 1
---
def $fn(node, depth=0):
    out = [(depth, node.name)]
    for child in node.children:
        out.extend($fn(child, depth + 1))
    return out
---
def $fn(size):
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return "%d %s" % (size, unit)
        size /= 1024
    return "%d GB" % size
""".split("---\n")
]

# What a view does once it may: for missing guards.
BODIES = [
    s.strip("\n")
    for s in """
record = $model.query.get_or_404(pk)
db.session.delete(record)
db.session.commit()
---
record = $model.objects.get(pk=pk)
record.delete()
---
$model.objects.filter(pk=pk).update(status="$noun")
---
item = db.session.get($model, pk)
item.status = "$word"
db.session.commit()
---
service.$verb_$noun(pk)
audit.info("$log", pk)
---
item = repo.find(pk)
item.archived = True
repo.save(item)
---
count = $model.objects.filter(status="$noun").delete()[0]
logger.info("$log", count)
---
store.remove("$noun", pk)
cache.delete("$noun:%s" % pk)
---
entry = $model(kind="$noun", level=$num)
db.session.add(entry)
db.session.commit()
---
scheduler.$verb("$noun", pk)
---
balance = ledger.balance(pk)
ledger.withdraw(pk, balance)
---
config["$key"] = "$noun"
config.save()
---
with transaction.atomic():
    row = $model.objects.select_for_update().get(pk=pk)
    row.active = False
    row.save(update_fields=["active"])
---
cursor.execute("DELETE FROM $table WHERE id = %s", (pk,))
connection.commit()
---
member = group.members.get(pk)
group.members.remove(member)
---
redis_client.hdel("$noun", pk)
redis_client.publish("$verb", "$noun")
---
jobs.enqueue("$verb_$noun", pk)
""".split("---\n")
]
