"""Private PostgreSQL servers on a unix socket, and the stores in them."""
import os
import pwd
import signal
import subprocess
import time

from .registry import Failure

PGBIN = os.environ.get("PGBIN", "")
CREATE_LIMIT = 120


def as_server(command):
    """The command as the owner of the clusters: PostgreSQL refuses root."""
    return ["runuser", "-u", "postgres", "--"] + command if os.getuid() == 0 else command


def own(path):
    """Gives the path to the owner of the clusters."""
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(path, user.pw_uid, user.pw_gid)


class Cluster:
    """One server. `folder` holds its socket and its log, and its data unless `data` names another place."""

    def __init__(self, folder, settings=(), data=None, initdb=()):
        self.folder = folder
        self.data = data or os.path.join(folder, "data")
        self.template = None
        os.makedirs(folder, exist_ok=True)
        own(folder)
        made = self.run(["initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8",
                         "-E", "UTF8", "--no-instructions", "-N"] + list(initdb))
        if made.returncode != 0:
            raise Failure("initdb: " + made.stdout[-400:])
        self.configure(["listen_addresses = ''", "unix_socket_directories = '%s'" % folder, "port = 5432",
                        "max_connections = 60", "shared_buffers = 64MB"] + list(settings))
        self.start()

    def run(self, command):
        command = [os.path.join(PGBIN, command[0])] + command[1:]
        with open(os.path.join(self.folder, "commands"), "a+") as said:
            at = said.tell()
            done = subprocess.run(as_server(command), stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
            said.seek(at)
            done.stdout = said.read()
        return done

    def configure(self, lines):
        """Adds lines to postgresql.conf; they count from the next start or reload on."""
        with open(os.path.join(self.data, "postgresql.conf"), "a") as file:
            file.write("".join(line + "\n" for line in lines))

    def start(self):
        done = self.run(["pg_ctl", "-D", self.data, "-l", os.path.join(self.folder, "server.log"), "-w",
                         "-t", str(CREATE_LIMIT), "-s", "start"])
        if done.returncode != 0:
            raise Failure("the store's server does not start: " + self.log()[-600:])

    def stop(self, mode="fast"):
        if self.is_running():
            self.run(["pg_ctl", "-D", self.data, "-w", "-t", str(CREATE_LIMIT), "-m", mode, "-s", "stop"])

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def reload(self):
        os.kill(self.pid(), signal.SIGHUP)

    def pid(self):
        with open(os.path.join(self.data, "postmaster.pid")) as file:
            return int(file.readline())

    def is_running(self):
        try:
            os.kill(self.pid(), 0)
            return True
        except (OSError, ValueError):
            return False

    def log(self):
        with open(os.path.join(self.folder, "server.log"), errors="replace") as file:
            return file.read()

    @property
    def socket(self):
        return os.path.join(self.folder, ".s.PGSQL.5432")

    def conninfo(self, database, user="postgres"):
        return "host=%s port=5432 user=%s dbname=%s" % (self.folder, user, database)

    def sql(self, statement, database="postgres", check=True):
        return Store(self, database).sql(statement, check=check)

    def store(self, name, pgtrawl):
        """A new database with pgtrawl's schema: a copy of one that was migrated once."""
        if self.template is None:
            self.sql("CREATE DATABASE faults_template")
            migrate(pgtrawl, self.conninfo("faults_template"))
            self.template = "faults_template"
        self.sql('CREATE DATABASE "%s" TEMPLATE %s' % (name, self.template))
        return Store(self, name)


def migrate(pgtrawl, conninfo):
    done = subprocess.run([pgtrawl, "migrate", "up", "--database-url", conninfo], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failure("migrate up ended with %d: %s" % (done.returncode, done.stdout[-400:]))


class Store:
    """A database of a cluster. `conninfo` is what a tail gets."""

    def __init__(self, cluster, database):
        self.cluster, self.database = cluster, database
        self.conninfo = cluster.conninfo(database)

    def psql(self, arguments, text=None):
        command = [os.path.join(PGBIN, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo]
        return subprocess.run(command + arguments, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)

    def sql(self, statement, check=True):
        """The rows as text: fields apart by |, rows by newlines; an empty text where it fails and `check` is off."""
        done = self.psql(["-f", "-"], statement)
        if done.returncode == 0:
            return done.stdout.strip("\n")
        if check:
            raise Failure("the harness's own statement fails: %s" % done.stderr.strip()[:400])
        return ""

    def number(self, statement):
        """A count; -1 while the server does not answer."""
        found = self.sql(statement, check=False)
        return int(found) if found.lstrip("-").isdigit() else -1

    def committed(self):
        """Bytes of all files that are in the store."""
        return self.number("SELECT coalesce(sum(committed_offset), 0)::bigint FROM pgtrawl.log_files")


def until(condition, limit, pause=0.05):
    """Waits until the condition holds; the seconds that took, or None after the limit."""
    began = time.monotonic()
    while True:
        if condition():
            return time.monotonic() - began
        if time.monotonic() - began > limit:
            return None
        time.sleep(pause)
