"""Caseload: a beneficiary registry for social-protection programmes."""
