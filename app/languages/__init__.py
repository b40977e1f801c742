"""The languages that people read, and sentences said in them."""
