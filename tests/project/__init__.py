"""Tests of the project as a whole: layers, start-up, help, schemas, distribution."""
