from typing import Any
def take(gateway: Any) -> Any:
    return {}
