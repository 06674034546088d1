"""Plugins that misbehave lose their own cell; plugins that do not fit are refused by name."""

from workspace import TEST_PLUGINS, Workspace, main


class PluginsTest(Workspace):
    def setUp(self):
        super().setUp()
        self.edit("    - few_shot: {shots: [1, 2]}\n  seed: [1, 2]", "    - few_shot: {shots: [1, 2, 3, 4, 5, 6, 7, 8]}\n    - BAD\n  seed: [1]")

    def misbehaving(self, setting, *wanted, limits="", name=""):
        name = name or setting
        self.edit("- BAD", f"- {setting}")
        if limits:
            self.edit("metrics:", f"limits: {limits}\nmetrics:")
        done = self.run_experiment("--plugin-dir", TEST_PLUGINS / name, expect=1)
        self.assertIn("9 of 10 cells done", done.stdout)
        self.assertEqual(len(self.report()["failures"]), 1)
        for text in (name, *wanted):
            self.assertIn(text, done.stdout)

    def test_a_segfault_costs_one_cell_and_is_named(self):
        self.misbehaving("segfaults", "SIGSEGV")

    def test_an_exception_costs_one_cell_and_its_message_is_shown(self):
        self.misbehaving("throws")

    def test_a_hang_ends_at_the_time_limit(self):
        self.misbehaving("never_returns", "time limit", limits="{stage_time: 2}")

    def test_eating_memory_ends_at_the_memory_limit(self):
        self.misbehaving("eats_memory", "memory limit", limits="{memory_mb: 300}")

    def test_what_a_plugin_prints_gets_between_no_answers(self):
        self.edit("- BAD", "- prints")
        done = self.run_experiment("--plugin-dir", TEST_PLUGINS / "prints")
        self.assertIn("10 of 10 cells done", done.stdout)
        self.assertNotIn("printed by", done.stdout)
        logs = "".join(path.read_text() for path in (self.folder / "results/runs").rglob("worker-*.log"))
        for way in ("puts", "write"):
            self.assertIn(f"printed by {way}", logs)

    def test_a_plugin_that_crashes_once_is_tried_again(self):
        self.edit("- BAD", "- crashes_once: {mark: mark}")
        done = self.run_experiment("--plugin-dir", TEST_PLUGINS / "crashes_once")
        self.assertIn("10 of 10 cells done", done.stdout)
        rows = self.select("SELECT number, outcome, signal, log_tail FROM attempts WHERE stage IN "
                           "(SELECT stage FROM attempts WHERE outcome='crashed') ORDER BY number")
        self.assertEqual([row[:3] for row in rows], [(1, "crashed", 6), (2, "done", 0)])
        self.assertIn("about to abort", rows[0][3])

    def test_an_exception_of_no_known_kind_costs_one_cell(self):
        self.misbehaving("throws: {odd: true}", name="throws")

    def test_a_plugin_of_another_sdk_is_refused_and_the_others_load(self):
        done = self.assay("plugins", "--plugin-dir", TEST_PLUGINS / "wrong_sdk")
        self.assertIn("wrong_sdk", done.stderr)
        self.assertIn("SDK", done.stderr)
        self.assertIn("few_shot", done.stdout)

    def test_describe_prints_types_defaults_and_ranges(self):
        text = self.assay("plugins", "describe", "few_shot").stdout
        for word in ("shots", "integer", "default 4", "at least 1", "select"):
            self.assertIn(word, text)


if __name__ == "__main__":
    main()
