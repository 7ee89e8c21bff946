"""`make score`: accuracy against the truth of simulated worlds, seed by seed, written to docs/score-sheet.md and .json.

A part measures one thing: a generator `part(world: ScoredWorld) -> Iterator[Tally]` in a module of its own, named in
benchmarks.score.parts. It asks the world's database by `world.rows(sql)`: the published marts and every model below them, the truth
files as temporary tables truth_<file>, and world_orders (each true order beside its conversion). Each of its figures is defined in
words in benchmarks.score.figures, which is what the sheet prints. `fraud` of benchmarks.score.fraud is called where it exists.
"""
