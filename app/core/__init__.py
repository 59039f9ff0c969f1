"""The words everything else is said in: ids, clock, quantities, money, states, errors. No I/O."""
