"""Every host with an API, by the name that accounts and rows bear; app.download_sources says the same to people."""

from collections.abc import Mapping

from assets.hosting.connectors.buzzsprout import BUZZSPROUT
from assets.hosting.connectors.op3 import OP3
from assets.hosting.connectors.podbean import PODBEAN
from assets.hosting.connectors.protocol import Connector
from assets.hosting.connectors.simplecast import SIMPLECAST
from assets.hosting.connectors.transistor import TRANSISTOR

CONNECTORS: Mapping[str, Connector] = {
    connector.host: connector for connector in (BUZZSPROUT, TRANSISTOR, OP3, SIMPLECAST, PODBEAN)
}
