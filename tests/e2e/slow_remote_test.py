"""A minute of a remote model whose limit of 600 requests a minute is told by headers alone."""

from remote_workspace import RemoteWorkspace
from workspace import main


class SlowRemoteTest(RemoteWorkspace):
    def test_a_limit_by_headers_is_used_and_kept_for_a_minute(self):
        self.check_limit(self.serve(rate=600), 600, rows=270)


if __name__ == "__main__":
    main()
