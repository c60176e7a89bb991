"""The smallest service: what the others are measured against."""

import os

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Hello(BaseModel):
    id: str
    name: str
    roles: list[str]


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/api/v1/me")
    async def me() -> Hello:
        return Hello(id="018f0000-0000-7000-8000-000000000001", name="Ada", roles=["support"])

    return app


def main() -> None:
    port = int(os.environ["BIJOU_PORT"])
    uvicorn.run(create_app(), host="127.0.0.1", port=port, log_config=None, access_log=False, timeout_keep_alive=75)


if __name__ == "__main__":
    main()
