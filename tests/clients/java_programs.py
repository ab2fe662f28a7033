"""How the Java programs are started; skips the module that imports it where they are not built."""

import subprocess

import pytest

from client_programs import BUILD, Producer, environment

FOLDER = BUILD / "java"
if not (FOLDER / "built").exists():
    pytest.skip("the Java clients are not built: see scripts/client-tests", allow_module_level=True)


def java(name, *arguments, properties=()):
    return ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            *(f"-D{name}={value}" for name, value in dict(properties).items()),
            "-cp", f"{FOLDER / 'classes'}:{FOLDER / 'libs'}/*", name, *arguments]


def trust_properties(server, folder):
    """What makes a JVM trust the server's own authority."""
    store = folder / "trust.p12"
    if not store.exists():
        subprocess.run(
            ["keytool", "-importcert", "-noprompt", "-alias", "headrace", "-file", server.ca_file,
             "-keystore", store, "-storepass", "changeit"], check=True, capture_output=True)
    return {"javax.net.ssl.trustStore": store, "javax.net.ssl.trustStorePassword": "changeit"}


def client(server, scheme, folder, **properties):
    """Starts Client.java: what `through_split_and_merge` takes."""
    properties = {name.replace("_", "."): value for name, value in properties.items()}
    properties.update(trust_properties(server, folder))

    def start(kind, *arguments):
        return kind(java("Client", *arguments, properties=properties),
                    environment(server, scheme, AWS_MAX_ATTEMPTS="1"), folder / arguments[0])
    return start


def producer_library(server, stream, folder):
    """Starts Producer.java, the Kinesis Producer Library."""
    host, port = server.https.split(":")
    command = java("Producer", stream, host, port, server.ca_file,
                   properties={"java.io.tmpdir": folder})
    return Producer(command, environment(server, "https"), folder / "library")
