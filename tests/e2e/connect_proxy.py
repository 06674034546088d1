"""A proxy that knows CONNECT alone, in a thread that ends with its test."""

import asyncio
import base64
import threading


class ConnectProxy:
    """`user`: "name:password" that it asks for; `status`: what it answers in the place of 200."""

    def __init__(self, user=None, status=200):
        self.user, self.status = user, status
        self.asked = []  # the places that it was asked the way to
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.server.close()

    def status_for(self, lines):
        if self.user:
            wanted = "Basic " + base64.b64encode(self.user.encode()).decode()
            given = [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("proxy-authorization:")]
            if given != [wanted]:
                return 407
        return self.status

    async def serve(self, reader, writer):
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, place, _ = lines[0].split(" ")
            assert method == "CONNECT", lines[0]
            self.asked.append(place)
            status = self.status_for(lines)
            writer.write(f"HTTP/1.1 {status} said\r\n\r\n".encode())
            await writer.drain()
            if status != 200:
                return
            host, port = place.rsplit(":", 1)
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
            await asyncio.gather(self.pass_on(reader, far_writer), self.pass_on(far_reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # either side may go away at any time
        finally:
            writer.close()

    @staticmethod
    async def pass_on(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
