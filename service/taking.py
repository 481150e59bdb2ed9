"""How an upload is to be taken in: what its sender wishes, who they are, and where they may write."""

ASKS = "profile.confirm"
ANSWERS = ("profile",)


def profiles_json(config):
    return []
