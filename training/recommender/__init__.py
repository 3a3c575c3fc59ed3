"""How recommenders of the next click are measured: data, splits, plain orders to beat, ranks among all items."""
