#pragma once

namespace llm_judge {

/// What a judge is shown unless the experiment has a template of its own; the wording is part of the plugin's version.
inline constexpr const char* kRubricTemplate =
    R"(You grade an answer, by the criteria below and by nothing else. Its length and style do not matter unless a criterion says so.

{% if instruction %}[Task]
{{ instruction }}

{% endif %}[Question]
{{ input }}

{% if reference %}[Reference answer]
{{ reference }}

{% endif %}[Answer to grade]
{{ output }}

[Criteria]
{% for criterion in criteria %}
{{ criterion.name }}: {{ criterion.asks }}
{% endfor %}

{% if verdict == "chosen" %}Give the grade: {{ scale }}.{% else %}First say briefly what is right and what is wrong with the answer. Then end with {{ "these lines" if criteria | length > 1 else "this line" }}, the grade being {{ scale }}:
{% for criterion in criteria %}
{{ criterion.name }}: <grade>
{% endfor %}{% endif %})";

/// After Zheng et al. 2023 (arXiv 2306.05685), figure 5.
inline constexpr const char* kPairwiseTemplate =
    R"(You compare two answers to one question and say which is better{{ ", by this: " + rubric if rubric else "" }}. The order in which they stand must not count, nor their length.

{% if instruction %}[Task]
{{ instruction }}

{% endif %}[Question]
{{ input }}

{% if reference %}[Reference answer]
{{ reference }}

{% endif %}[Answer A]
{{ a }}

[Answer B]
{{ b }}

{% if verdict == "chosen" %}Say which answer is better: A, B, or tie where they are equally good.{% else %}First compare them briefly. Then end with one line: "Verdict: A", "Verdict: B", or "Verdict: tie" where they are equally good.{% endif %})";

}  // namespace llm_judge
