"""Adds a hook, publishes an event and reads its delivery by the client that openapi-python-client generated."""

import importlib
import pkgutil
import sys
import time

import generated
from generated import AuthenticatedClient
from generated.api.deliveries import list_deliveries
from generated.api.event_hooks import create_hook
from generated.api.events import publish_events
from generated.api.workspaces import patch_workspace
from generated.models import LogHookInput, PublishedEvent, PublishedEventData, WorkspacePatch

url, token = sys.argv[1:]
for module in pkgutil.walk_packages(generated.__path__, "generated."):
    importlib.import_module(module.name)

client = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)
workspace = patch_workspace.sync("default", client=client, body=WorkspacePatch(open_=False))
hook = create_hook.sync(client=client, body=LogHookInput(source="crud", event="consumers", handler="log"))
data = PublishedEventData.from_dict({"operation": "create", "entity": {"username": "Ada"}})
receipt = publish_events.sync(client=client, body=PublishedEvent(source="crud", event="consumers", data=data))
several = publish_events.sync(client=client, body=[PublishedEvent(source="crud", event="consumers", data=data)])
assert workspace.open_ is False, workspace
assert len(several.data) == 1, several

deadline = time.monotonic() + 60
while True:
    deliveries = list_deliveries.sync(client=client, event_id=receipt.id).data
    if [(delivery.hook_id, delivery.status) for delivery in deliveries] == [(hook.id, "succeeded")]:
        break
    assert time.monotonic() < deadline, deliveries
    time.sleep(0.2)
