"""peep installs exactly the Python archives that a requirements file pins by hash."""
