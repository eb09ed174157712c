"""The reporter: counts distinct contributors, controls disclosure and publishes releases."""
