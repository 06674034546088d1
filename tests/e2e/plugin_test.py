"""`assay plugin`: what is begun builds and passes at once, what does not keep to the rules is told by the rule's name."""

import json
import pathlib

from workspace import ASSAY, NANO, TEST_PLUGINS, Workspace, main

BUILT_IN = pathlib.Path(ASSAY).resolve().parents[1] / "lib/assay/plugins"


class PluginCheckTest(Workspace):
    def check(self, library, *arguments, expect=0):
        done = self.assay("plugin", "check", library, "--json", *arguments, expect=expect)
        return {finding["check"]: finding for finding in json.loads(done.stdout)}

    def caught(self, name, check, *words):
        findings = self.check(TEST_PLUGINS / name / f"{name}.so", expect=1)
        self.assertEqual(findings[check]["outcome"], "FAIL", findings)
        for word in words:
            self.assertIn(word, findings[check]["detail"])
        return {check for check, finding in findings.items() if finding["outcome"] == "FAIL"}

    def test_a_strategy_that_draws_without_the_seed_is_not_deterministic(self):
        failed = self.caught("unseeded", "deterministic", "/adapted/state")
        self.assertEqual(failed, {"deterministic"})

    def test_a_strategy_whose_prompts_depend_on_the_order_is_told(self):
        self.caught("depends_on_order", "independent_of_order", "with the examples in another order")

    def test_a_strategy_that_leaks_into_later_cells_is_told(self):
        failed = self.caught("leaks", "leaves_nothing_behind", "after another cell")
        self.assertEqual(failed, {"leaves_nothing_behind"})

    def test_a_strategy_that_ignores_a_stop_is_told_by_how_long(self):
        self.assertEqual(self.caught("ignores_stop", "honours_stop", " s after it was asked to stop"), {"honours_stop"})

    def test_a_metric_whose_value_depends_on_the_order_is_told(self):
        self.caught("last_row_wins", "independent_of_order", "last_row_wins is", "in reverse order")

    def test_a_parameter_that_is_read_and_not_declared_is_named(self):
        self.assertEqual(self.caught("undeclared", "declared_parameters", "'secret_factor'"), {"declared_parameters"})

    def test_a_manifest_that_cannot_be_true_is_told_in_all_its_points(self):
        self.caught("wrong_manifest", "manifest", "lower_snake_case", "`version` is empty", "`measures` is a metric's word", "names no `sites`")

    def test_a_part_that_the_manifest_does_not_name_is_told(self):
        self.assertEqual(self.caught("undeclared_part", "declared_parts", "a `compose`", "`composes`"), {"declared_parts"})

    def test_a_constructor_that_throws_is_told_with_what_it_threw(self):
        self.caught("throws_at_once", "constructs", "never to be made")

    def test_a_plugin_that_ends_its_process_is_told_and_the_other_checks_go_on(self):
        failed = self.caught("exits", "answers", "ended its process with status 0")
        self.assertEqual(failed, {"answers"})

    def test_crashes_hangs_and_odd_exceptions_are_told(self):
        self.caught("segfaults", "answers", "SIGSEGV")
        self.caught("throws", "answers", "the shelf is empty", "no assay::Error")
        findings = self.check(TEST_PLUGINS / "never_returns/never_returns.so", "--seconds", "1", expect=1)
        self.assertIn("had not ended after 1 s", findings["answers"]["detail"])

    def test_randomness_is_found_that_hides_in_addresses_in_the_time_and_in_few_examples(self):
        for name in ("ordered_by_address", "seeded_by_time", "random_now_and_then"):
            self.assertEqual(self.caught(name, "deterministic", "when it was run again"), {"deterministic"})
        self.caught("salted", "deterministic", "when they were scored again")

    def test_what_a_process_remembers_is_told_as_such(self):
        self.assertEqual(self.caught("counts_in_a_static", "leaves_nothing_behind", "a second time in the same process"), {"independent_of_order", "leaves_nothing_behind"})
        self.caught("answers_as_first", "independent_of_order", "with the examples in another order")
        failed = self.caught("counts_scores", "leaves_nothing_behind", "after other examples in the same process")
        self.assertEqual(failed, {"independent_of_order", "independent_of_batch", "leaves_nothing_behind"})
        self.assertEqual(self.caught("keeps_state_in_a_global", "adapter_round_trip", "a process that reads back"), {"adapter_round_trip"})

    def test_a_parameter_that_is_read_late_is_named(self):
        self.assertEqual(self.caught("reads_late", "declared_parameters", "'hidden_factor'"), {"declared_parameters"})

    def test_what_a_plugin_does_to_its_process_is_told(self):
        self.assertEqual(self.caught("changes_its_process", "leaves_the_process_alone", "the working directory", "the locale of C", "the handler of SIGTERM"),
                         {"leaves_the_process_alone"})
        self.assertEqual(self.caught("prints_much", "leaves_the_process_alone", "bytes in one cell"), {"leaves_the_process_alone"})
        self.assertEqual(self.caught("leaves_a_process", "leaves_the_process_alone", "went on when its own had ended"), {"leaves_the_process_alone"})
        self.caught("closes_descriptors", "answers", "closed file descriptors that are not its own")
        self.caught("forks", "answers", "a process that it forked came back")

    def test_a_flood_of_print_ends_at_the_time_limit_and_fills_nothing(self):
        findings = self.check(TEST_PLUGINS / "floods/floods.so", "--seconds", "2", expect=1)
        self.assertIn("had not ended after 2 s; the last it printed: ", findings["answers"]["detail"])

    def test_what_changes_the_examples_that_it_is_given_is_told(self):
        self.caught("changes_its_input", "leaves_its_input_alone", "copy what you change")

    def test_a_metric_that_writes_past_its_row_is_told_once(self):
        findings = self.check(TEST_PLUGINS / "writes_past_its_row/writes_past_its_row.so", expect=1)
        self.assertEqual(findings["scores"]["detail"], "it writes past the row that it is given")

    def test_a_trained_tensor_that_is_not_saved_is_missed(self):
        findings = self.check(TEST_PLUGINS / "loses_a_tensor/loses_a_tensor.so", "--model", NANO, expect=1)
        self.assertIn("something that was trained is not saved", findings["adapter_round_trip"]["detail"])
        self.assertEqual([check for check, finding in findings.items() if finding["outcome"] == "FAIL"], ["adapter_round_trip"])

    def test_a_schema_that_is_none_and_a_library_that_is_cut_short_are_told(self):
        self.caught("bad_schema", "parameter_schema", "no schema of an object")
        self.caught("schema_is_a_list", "manifest", "lacks a readable 'params'")
        whole = (BUILT_IN / "accuracy.so").read_bytes()
        for size in (100, len(whole) // 2, len(whole) - 100):
            (self.folder / "accuracy.so").write_bytes(whole[:size])
            self.check(self.folder / "accuracy.so", expect=1)

    def test_a_plugin_of_another_sdk_is_refused_unloaded(self):
        self.caught("wrong_sdk", "sdk_number", "999")

    def test_what_is_no_plugin_is_told(self):
        file = self.write("text.so", "no library")
        self.assertIn("no shared library", self.check(file, expect=1)["manifest"]["detail"])
        self.assay("plugin", "check", "absent.so", expect=2)

    def test_parameters_that_are_needed_are_asked_for(self):
        self.assertIn("'steps' is required", self.check(BUILT_IN / "prompt_chain.so", expect=1)["parameter_schema"]["detail"])
        self.check(BUILT_IN / "prompt_chain.so", "--params", '{"steps": [{"name": "a"}, {"name": "b"}]}')

    def test_training_is_tried_on_a_small_model(self):
        findings = self.check(BUILT_IN / "lora.so", "--model", NANO)
        self.assertEqual(findings["leaves_the_model_alone"]["outcome"], "pass")

    def test_bad_input_is_told(self):
        self.assertIn("new|check", self.assay("plugin", expect=2).stderr)
        self.assertIn("new", self.assay("plugin", "now", expect=2).stderr)
        self.assertIn("no JSON object", self.assay("plugin", "check", BUILT_IN / "bleu.so", "--params", "3", expect=2).stderr)


class PluginNewTest(Workspace):
    def test_bad_names_and_kinds_and_places_are_refused(self):
        self.assertIn("lower_snake_case", self.assay("plugin", "new", "My-Metric", "--kind", "metric", expect=2).stderr)
        self.assertIn("--kind", self.assay("plugin", "new", "mine", expect=2).stderr)
        self.assertIn("does not train", self.assay("plugin", "new", "mine", "--kind", "metric", "--trains", expect=2).stderr)
        (self.folder / "mine").mkdir()
        self.assertIn("there already", self.assay("plugin", "new", "mine", "--kind", "metric", expect=2).stderr)

    def test_a_folder_has_all_its_parts_and_no_word_left_to_fill(self):
        for arguments in (["--kind", "metric"], ["--kind", "strategy"], ["--kind", "strategy", "--trains"]):
            name = "mine_" + str(len(arguments)) + arguments[1][0]
            self.assay("plugin", "new", name, *arguments)
            names = {str(path.relative_to(self.folder / name)) for path in (self.folder / name).rglob("*") if path.is_file()}
            self.assertEqual(names, {f"{name}.cpp", "CMakeLists.txt", "README.md", "example.yaml", ".clang-format", ".gitignore",
                                     "data/train.jsonl", "data/test.jsonl"})
            for path in (self.folder / name).rglob("*.*"):
                if path.is_file():
                    self.assertNotRegex(path.read_text(), "@[a-zA-Z]+@", path)


if __name__ == "__main__":
    main()
