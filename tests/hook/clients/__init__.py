"""The clients that a host starts, against every trouble."""
