"""*Revisar*: what a DE-PARA that is not saved yet would do to the orders there are.

``counts`` asks how many there are, ``fates`` says what becomes of what is held and ``effects`` of
a whole row, ``examples`` renders some, ``review`` puts it together, and ``redeciding`` starts what
a person wants sent again.
"""
