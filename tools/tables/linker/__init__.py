"""Read plain questions over tables by a learnt model, where the rules of `look_up` refuse."""
