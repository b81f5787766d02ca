"""What the built-in load test does, for Locust. The plan, with accounts and questions, comes from LOADTEST_PLAN."""

import itertools
import json
import os
import random

from locust import HttpUser, between, task

with open(os.environ["LOADTEST_PLAN"], encoding="utf-8") as file:
    PLAN = json.load(file)
MIN_LENGTH = int(os.environ["MIN_LENGTH"])
ACCOUNTS = itertools.cycle(PLAN["accounts"])


def seconds(duration):
    return duration["secs"] + duration["nanos"] / 1e9


class Person(HttpUser):
    wait_time = between(seconds(PLAN["min_wait"]), seconds(PLAN["max_wait"]))

    def on_start(self):
        self.client.trust_env = False
        self.client.headers.update({PLAN["identity_header"]: next(ACCOUNTS), "X-DisplayName": PLAN["display_name"]})
        if PLAN["proxy"]:
            name, secret = PLAN["proxy"]
            self.client.headers[name] = secret
        self.conversation = None

    def json(self, path, key):
        with self.client.get(path, timeout=seconds(PLAN["patience"]), catch_response=True) as response:
            try:
                response.raise_for_status()
                return response.json()[key]
            except Exception as error:
                response.failure(f"the answer has no {key}: {type(error).__name__}")
        return None

    @task
    def ask(self):
        self.conversation = self.conversation or self.json("/api/get_session", "session_id")
        files = self.json("/user/user_files", "document")
        if self.conversation is None or files is None:
            return
        body = {
            "chatHistoryId": self.conversation,
            "mode": "default",
            "messages": [random.choice(PLAN["questions"])],
            "sources": random.sample(files, random.randint(1, max(1, len(files) - 1))) if files else [],
            "session_id": self.conversation,
            "test": True,
        }
        with self.client.post(
            "/api/chat", json=body, timeout=seconds(PLAN["patience"]), catch_response=True
        ) as response:
            if response.ok and len(response.text.strip()) < MIN_LENGTH:
                response.failure(f"ResponseLengthError: shorter than {MIN_LENGTH} characters")
