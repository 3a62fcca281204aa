"""*Revisar*: what a DE-PARA that is not saved yet would do to the orders there are.

``counts`` asks how many there are, ``fates`` says what becomes of what is held, ``stops`` what the
lane waits for and ``effects`` what a whole row does, ``examples`` renders some, ``review`` puts it
together, and ``redeciding`` starts what a person wants sent again.
"""
