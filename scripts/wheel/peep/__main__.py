from peep.launcher import run_module

run_module()
