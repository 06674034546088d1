-- results/assay.sqlite: what runs found out, ready to be asked. Executed as it stands when the file is made.
--
-- Everything here is derived from plain files beside the database and can be made anew from them: bundles/ (one folder a
-- finished stage) and runs/ (one plan a run, its attempts, its end). Times are ISO 8601 in UTC, durations seconds, money US dollars.
-- Start with:  SELECT * FROM kpi WHERE run = (SELECT max(run) FROM runs);
-- assay sets PRAGMA user_version to the schema's version and PRAGMA journal_mode to WAL.

-- One execution of an experiment.
CREATE TABLE runs (
  run          INTEGER PRIMARY KEY,
  experiment   TEXT NOT NULL,             -- its name
  plan_hash    TEXT NOT NULL,             -- equal hashes: equal stages and cells
  status       TEXT NOT NULL,             -- running | done | failed | interrupted
  started      TEXT NOT NULL,
  finished     TEXT,
  wall_seconds REAL,
  report       TEXT                       -- folder of the report, relative to results/ where it lies in there
);

-- One point of the matrix, in one run. `cell` is the same in every run of the same names and parameters.
CREATE TABLE cells (
  run         INTEGER NOT NULL REFERENCES runs(run),
  cell        TEXT NOT NULL,
  position    INTEGER NOT NULL,           -- order within the plan
  model       TEXT NOT NULL,
  dataset     TEXT NOT NULL,
  strategy    TEXT NOT NULL,              -- its label
  parts       TEXT NOT NULL,              -- JSON: the strategies of the list with all their parameters
  seed        INTEGER NOT NULL,           -- as written, modulo 2^63
  cell_group  TEXT NOT NULL,              -- the cell without its seed
  is_baseline INTEGER NOT NULL,
  PRIMARY KEY (run, cell)
) WITHOUT ROWID;

-- Which stages a cell rests on. role: adapt | generate | measure | score | choose (of a tuned cell, whose adapt stages are its trials')
CREATE TABLE cell_stages (
  run   INTEGER NOT NULL,
  cell  TEXT NOT NULL,
  role  TEXT NOT NULL,
  stage TEXT NOT NULL,
  PRIMARY KEY (run, cell, role, stage)
) WITHOUT ROWID;

-- What tuning tries for a cell: one setting a row. `parts` is the cell's with the values that are tried.
CREATE TABLE trials (
  run   INTEGER NOT NULL,
  cell  TEXT NOT NULL,
  trial INTEGER NOT NULL,                 -- number within the grid of all settings, from 0
  label TEXT NOT NULL,                    -- what tells it from the others: "learning_rate=0.001"
  parts TEXT NOT NULL,
  PRIMARY KEY (run, cell, trial)
) WITHOUT ROWID;

-- Which stages a trial rests on. role: adapt | generate | score, the latter two of the validation split
CREATE TABLE trial_stages (
  run   INTEGER NOT NULL,
  cell  TEXT NOT NULL,
  trial INTEGER NOT NULL,
  role  TEXT NOT NULL,
  stage TEXT NOT NULL,
  PRIMARY KEY (run, cell, trial, role, stage)
) WITHOUT ROWID;

-- The stages of a run's plan, finished or not.
CREATE TABLE run_stages (
  run      INTEGER NOT NULL REFERENCES runs(run),
  stage    TEXT NOT NULL,
  position INTEGER NOT NULL,
  kind     TEXT NOT NULL,                 -- adapt | generate | measure | score | choose | compare
  label    TEXT NOT NULL,
  PRIMARY KEY (run, stage)
) WITHOUT ROWID;
CREATE INDEX run_stages_stage ON run_stages(stage);

-- Finished stages, shared by all runs; `stage` is the SHA-256 of everything that the stage depends on.
CREATE TABLE stages (
  stage     TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  bundle    TEXT NOT NULL,                -- its folder, relative to results/
  seconds   REAL,
  peak_rss  INTEGER,                      -- bytes, of the worker
  timing    TEXT NOT NULL,                -- JSON, all that was timed
  signature TEXT NOT NULL                 -- of the bundle's files when their hashes were last compared
) WITHOUT ROWID;

-- Every try at a stage in a run. outcome: done | failed | crashed | timeout | memory | stopped | reused | skipped
CREATE TABLE attempts (
  run      INTEGER NOT NULL REFERENCES runs(run),
  stage    TEXT NOT NULL,
  number   INTEGER NOT NULL,              -- 1, 2
  started  TEXT NOT NULL,
  finished TEXT NOT NULL,
  outcome  TEXT NOT NULL,
  error    TEXT NOT NULL,                 -- why, for a person
  signal   INTEGER NOT NULL,              -- that ended the worker, 0 for none
  log_tail TEXT NOT NULL,                 -- the worker's last lines, where the attempt failed
  worker   TEXT NOT NULL,
  seconds  REAL NOT NULL,
  peak_rss INTEGER NOT NULL
);
CREATE INDEX attempts_run ON attempts(run, stage);

-- Numbers that a finished stage gave: the values of a metric (score), what the engine counted (metric = '').
CREATE TABLE stage_values (
  stage            TEXT NOT NULL,
  metric           TEXT NOT NULL,
  name             TEXT NOT NULL,
  position         INTEGER NOT NULL,
  unit             TEXT NOT NULL,
  value            REAL,                  -- NULL: undefined
  higher_is_better INTEGER NOT NULL,
  PRIMARY KEY (stage, metric, name)
) WITHOUT ROWID;

-- Confidence intervals of a cell's values, and of its group's mean over seeds, from a compare stage.
CREATE TABLE intervals (
  stage  TEXT NOT NULL,
  cell   TEXT NOT NULL,
  metric TEXT NOT NULL,
  name   TEXT NOT NULL,
  low    REAL,
  high   REAL,
  PRIMARY KEY (stage, cell, metric, name)
) WITHOUT ROWID;
CREATE TABLE group_values (
  stage      TEXT NOT NULL,
  cell_group TEXT NOT NULL,
  metric     TEXT NOT NULL,
  name       TEXT NOT NULL,
  value      REAL,                        -- mean over seeds
  low        REAL,
  high       REAL,
  seed_sd    REAL,                        -- standard deviation between seeds, NULL for one seed
  PRIMARY KEY (stage, cell_group, metric, name)
) WITHOUT ROWID;

-- Paired differences, value(cell_group) - value(baseline), from a compare stage: every pair of groups, so `baseline` may
-- be any other group; cells.is_baseline tells the one that the experiment named.
CREATE TABLE differences (
  stage      TEXT NOT NULL,
  dataset    TEXT NOT NULL,
  cell_group TEXT NOT NULL,
  baseline   TEXT NOT NULL,
  metric     TEXT NOT NULL,
  name       TEXT NOT NULL,
  difference REAL,
  low        REAL,
  high       REAL,
  p_value    REAL,
  PRIMARY KEY (stage, cell_group, baseline, metric, name)
) WITHOUT ROWID;

-- What a choose stage found: each trial's value on the validation split, and the one that was chosen.
CREATE TABLE choices (
  stage  TEXT NOT NULL,
  trial  INTEGER NOT NULL,
  name   TEXT NOT NULL,                   -- of the value that decides
  value  REAL,                            -- NULL: undefined
  chosen INTEGER NOT NULL,
  PRIMARY KEY (stage, trial)
) WITHOUT ROWID;

-- Answers, a row an example of a generate stage. Prompts and raw outputs stand in the stage's bundle.
CREATE TABLE stage_predictions (
  stage             TEXT NOT NULL,
  position          INTEGER NOT NULL,     -- Input::index
  example           TEXT NOT NULL,        -- Input::id
  answer            TEXT NOT NULL,
  error             TEXT,                 -- why it was not answered
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  PRIMARY KEY (stage, position)
) WITHOUT ROWID;

-- Per-example values of metrics for which one example's value means something.
CREATE TABLE stage_scores (
  stage    TEXT NOT NULL,
  position INTEGER NOT NULL,
  metric   TEXT NOT NULL,
  name     TEXT NOT NULL,
  value    REAL,
  PRIMARY KEY (stage, position, name)
) WITHOUT ROWID;

-- The stages that a cell is what it is by: of a tuned cell the chosen trial's adapt stages are among them.
CREATE VIEW used_stages AS
  SELECT run, cell, role, stage FROM cell_stages
  UNION ALL
  SELECT t.run, t.cell, 'chosen', t.stage
  FROM trial_stages t
  JOIN cell_stages k ON k.run = t.run AND k.cell = t.cell AND k.role = 'choose'
  JOIN choices h ON h.stage = k.stage AND h.trial = t.trial AND h.chosen
  WHERE t.role = 'adapt';

-- What people ask for. A tuned cell's adapt_seconds is that of all trials, which its choose stage has.
CREATE VIEW kpi AS
  SELECT c.run, c.cell, c.model, c.dataset, c.strategy, c.seed, v.metric, v.name, v.unit, v.value, i.low, i.high,
         v.higher_is_better
  FROM cells c
  JOIN used_stages s ON s.run = c.run AND s.cell = c.cell
  JOIN stage_values v ON v.stage = s.stage AND NOT (s.role = 'chosen' AND v.name = 'adapt_seconds')
  LEFT JOIN (SELECT r.run, n.cell, n.metric, n.name, n.low, n.high
             FROM run_stages r JOIN intervals n ON n.stage = r.stage) i
         ON i.run = c.run AND i.cell = c.cell AND i.metric = v.metric AND i.name = v.name
  ORDER BY c.run, c.position, s.role = 'score' DESC, v.metric, v.position;

CREATE VIEW comparisons AS
  SELECT r.run, d.dataset, d.metric, d.name, d.cell_group, d.baseline, d.difference, d.low, d.high, d.p_value
  FROM run_stages r JOIN differences d ON d.stage = r.stage;

CREATE VIEW cell_groups AS
  SELECT r.run, g.cell_group, g.metric, g.name, g.value, g.low, g.high, g.seed_sd
  FROM run_stages r JOIN group_values g ON g.stage = r.stage;

CREATE VIEW predictions AS
  SELECT c.run, c.cell, p.position, p.example, p.answer, p.error, p.prompt_tokens, p.completion_tokens, t.bundle
  FROM cell_stages c JOIN stage_predictions p ON p.stage = c.stage JOIN stages t ON t.stage = c.stage
  WHERE c.role = 'generate';

CREATE VIEW scores AS
  SELECT c.run, c.cell, e.position, e.metric, e.name, e.value
  FROM cell_stages c JOIN stage_scores e ON e.stage = c.stage
  WHERE c.role = 'score';

-- All trials of tuned cells. `value` and `chosen` are NULL where a trial failed or nothing was chosen yet; `seconds` is all that it
-- took, what it shares with other trials included (kpi's adapt_seconds of a tuned cell counts that once).
CREATE VIEW tuning AS
  SELECT c.run, c.cell, c.model, c.dataset, c.strategy, c.seed, t.trial, t.label, h.name, h.value, h.chosen,
         (SELECT sum(s.seconds) FROM trial_stages x JOIN stages s ON s.stage = x.stage
          WHERE x.run = t.run AND x.cell = t.cell AND x.trial = t.trial) AS seconds
  FROM trials t JOIN cells c ON c.run = t.run AND c.cell = t.cell
  LEFT JOIN cell_stages k ON k.run = t.run AND k.cell = t.cell AND k.role = 'choose'
  LEFT JOIN choices h ON h.stage = k.stage AND h.trial = t.trial
  ORDER BY c.run, c.position, t.trial;
