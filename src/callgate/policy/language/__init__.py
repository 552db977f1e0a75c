"""What patterns mean as sets of strings: are all strings of one also strings of another, and which do two share?

Word patterns, path globs and (most) regular expressions are all turned into the same small syntax tree, from that into
automata, and the questions into a walk over their product. An answer is exact or it is *unknown*, never a guess.
"""
