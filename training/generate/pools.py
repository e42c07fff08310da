"""Words that identifiers, literals, routes, tables and log lines are drawn from."""

from __future__ import annotations

NOUNS = """account address agent alert album answer apartment archive article asset audit backup badge banner basket batch bill board booking
branch brand budget build bundle campaign candidate carrier cart case catalog category channel chapter charge chart claim client clinic cluster
comment company contact content contract coupon course credit customer dashboard dataset deal delivery department deployment device discount
district document domain donation draft driver edition employee endpoint entry episode estimate event exam expense export factory family feed
field file filter flight folder form forum friend gallery game gateway grade grant group guest guide holiday hotel house image incident
index ingredient inspection instance insurance inventory invoice issue item job journal label language layout lead league lease ledger lesson
library license line listing loan location log machine mailbox manifest map market match measurement meeting member menu message metric milestone
mission model module mortgage movie network news node note notice offer office order package page parcel partner patient payment payout photo
plan player playlist plot plugin podcast policy poll port portfolio post prescription preview price printer process product profile program
project property province purchase quiz quote race rating receipt recipe record refund region release rental repair reply report request
reservation resource restaurant result review reward ride room route rule run salary sale sample schedule school screen season seat section sensor
server service shelf shift shipment shop site skill slide snapshot snippet song source sprint stage station statement stock store story student
subject subscription supplier survey task tax team template tenant test thread ticket timeline topic tour track trade trip truck unit update upload
vaccine vehicle vendor venue version video visit volume voucher wallet warehouse webhook website widget workflow workspace zone""".split()
VERBS = """add apply assign attach build cancel change check clear close collect compute confirm convert copy count create describe dispatch do
edit emit enable enqueue export fetch fill filter find finish format get handle inspect issue join list load lookup make merge move notify
open parse perform persist post preview print process publish pull push read rebuild receive record refresh register reload remove render replace
report request resolve restore resume run save schedule search select send serve set show sort start store submit summarize sync toggle track
transfer update upsert view write""".split()
KEYS = """q name title id ref code slug filter sort term text value field kind type label path file filename target source dest lang locale page tag topic
category status region city country branch host domain ip mode format template theme view section query expr keyword owner group project team
level date period start end item sku model version channel room board note comment body subject reason message content nickname company department street
zip color size brand platform device unit node env stage queue job task report metric chart column key attr option setting feature plan""".split()
LOCALS = """value raw data text item entry given wanted current chosen found term part chunk token_text candidate arg needle selected choice content param
field_value input_value search phrase word label_text fragment spec target_name subject_line criteria pattern_text source_name incoming""".split()
RESULTS = """result rows res output out found answer response_data items records matches payload_out info details outcome summary reply listing""".split()
COLS = """id name email title status created_at updated_at total amount city country owner_id slug kind price quantity sku state phone notes active position
rank score weight color size category region language published_at author department level due_date started_at ended_at source comment""".split()
FILES = "app main data config report export cache orders users inventory events metrics archive index sessions notes catalog billing queue history".split()
DIRS = """/var/lib/app /srv/files /opt/app/data /data/uploads /var/www/media /srv/exports /home/app/files /mnt/storage /var/spool/reports /srv/app/static
/data/archive /var/app/documents /opt/service/share /srv/backups /usr/local/share/app /var/cache/app""".split()
HOSTS = """api.example.com billing.internal search.local inventory.example.net mail.example.org files.corp.local auth.example.com reports.internal
db1.internal cdn.example.net queue.local metrics.corp.local gateway.example.io backend partner.example.com hooks.example.dev""".split()
ENVS = """APP_HOME DATA_DIR REPORT_NAME TARGET_HOST JOB_NAME EXPORT_PATH FILTER_EXPR USER_QUERY HOOK_URL BUILD_REF DEPLOY_ENV REPO_NAME SEARCH_TERM
INPUT_FILE SERVICE_NAME""".split()
LOGS = """starting %s|finished %s|%s took a while|processing %s|no match for %s|using cached %s|refreshing %s|skipped %s|loaded %s|queued %s|retrying %s|
done with %s|opening %s|%s not ready|closing %s|received %s|saved %s|rebuilding %s|%s is empty|checking %s""".replace(
    "\n", ""
).split("|")
SENTENCES = """Return what the caller asked for.|Used by the dashboard.|Called once per request.|See the runbook for details.|Kept for the old clients.|
Part of the nightly job.|Shown on the overview page.|The result is cached upstream.|Runs in the worker.|Also used by the importer.|Keeps the list in order.|
Returns nothing when there is no match.|Expects a configured backend.|Entry point for the scheduler.|Older API, do not extend.|Backs the mobile app.""".replace(
    "\n", ""
).split("|")
SECRETS = """hunter2pass S3cr3t-Prod-91 Tr0ub4dor&3 pgProd_2021 mY-app-key-7781 9f86d081884c7d659a2feaa0 AKx82hqPz0LmTt31 q7Lw-Zx91-PPo0 letmein-prod-44
winter2023! bV3kq9Xz71Lw correct-horse-42 Zk81mmQpR7 c2VjcmV0LWtleQ== 0b7f3e6a9d2c48e1 opsTeam#2020 d41d8cd98f00b204 PaSsw0rd-db1 xoxb-8812-aa71-k2 nR5tGq2w""".split()
PHRASES = """not found|bad request|nothing to do|invalid value|unknown option|try again later|missing field|not available|request rejected|
unexpected value|please check the form|cannot continue""".replace("\n", "").split("|")

POOLS = {
    "noun": NOUNS, "verb": VERBS, "key": KEYS, "local": LOCALS, "res": RESULTS, "col": COLS, "file": FILES, "dir": DIRS, "host": HOSTS, "env": ENVS,
    "log": LOGS, "sentence": SENTENCES, "secret": SECRETS, "phrase": PHRASES,
    "num": [str(n) for n in (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 20, 24, 25, 30, 32, 40, 50, 60, 64, 90, 100, 120, 128, 200, 250, 256, 300, 365, 500, 512, 1000)],
    "secs": ["2", "3", "5", "8", "10", "12", "15", "20", "30", "45", "60"],
    "port": ["8000", "8080", "5000", "9000", "8888", "7000", "3000", "9090", "8443", "6001"],
    "word": NOUNS + KEYS,
    "user": ["admin", "svc_app", "root", "reporting", "deploy", "postgres", "api", "backup", "app", "etl", "readonly", "service"],
    "ext": ["csv", "json", "txt", "pdf", "png", "xml", "log", "html", "zip", "yaml"],
    "obj": ["self.client", "client", "service", "backend", "store", "repo", "manager", "handler"],
    "model": ["Order", "Invoice", "Document", "Project", "Profile", "Ticket", "Report", "Device", "Booking", "Comment", "Article", "Customer", "Message", "Shipment", "Task"],
    "cls": ["Manager", "Service", "Store", "Client", "Repository", "Handler", "Loader", "Worker", "Gateway", "Runner", "Exporter", "Importer", "Backend", "Adapter"],
}  # fmt: skip


def plural(noun: str) -> str:
    """The English plural of a regular noun."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "x", "ch", "sh", "z")):
        return noun if noun.endswith(("news", "series")) else noun + "es"
    return noun[:-1] + "ves" if noun.endswith("shelf") else noun + "s"


def derived(kind: str, rng) -> str:
    """Names put together from the pools."""
    noun = rng.choice(NOUNS)
    if kind == "fn":
        verb = rng.choice(VERBS)
        return rng.choice(
            (
                f"{verb}_{noun}",
                f"{verb}_{noun}",
                f"{verb}_{plural(noun)}",
                f"{noun}_{verb}",
                verb + "_" + noun + "_" + rng.choice(KEYS),
                f"{verb}_{plural(noun)}_by_{rng.choice(KEYS)}",
            )
        )
    if kind == "table":
        return plural(noun) if rng.random() < 0.8 else f"{rng.choice(NOUNS)}_{plural(noun)}"
    if kind == "route":
        return rng.choice(
            (
                noun,
                plural(noun),
                f"api/{plural(noun)}",
                f"{plural(noun)}/{rng.choice(VERBS)}",
                f"v{rng.randint(1, 3)}/{noun}",
                f"{rng.choice(VERBS)}-{noun}",
            )
        )
    if kind == "class":
        return noun.title() + rng.choice(POOLS["cls"])
    if kind == "const":
        return f"{rng.choice(('DEFAULT', 'MAX', 'BASE', 'APP', 'MAIN', 'KNOWN', 'LOCAL'))}_{noun.upper()}"
    if kind == "url":
        return f"https://{rng.choice(HOSTS)}/{plural(rng.choice(NOUNS))}"
    if kind == "consts":
        return "(" + ", ".join(f'"{w}"' for w in rng.sample(KEYS, rng.randint(2, 5))) + ")"
    if kind == "table_of":
        return "{" + ", ".join(f'"{w}": "{rng.choice(NOUNS)}"' for w in rng.sample(KEYS, rng.randint(2, 4))) + "}"
    raise KeyError(kind)


DERIVED = ("fn", "table", "route", "class", "const", "url", "consts", "table_of")
