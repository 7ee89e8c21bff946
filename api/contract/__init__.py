"""What every operation of the API has without saying so: keys against doing twice, parts of answers, other forms, examples."""
