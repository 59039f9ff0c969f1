"""What happened, in order: the feed of events and the history behind them."""
