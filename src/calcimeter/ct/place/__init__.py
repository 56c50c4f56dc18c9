"""Where each deposit lies: nearest bone and part, distance, direction, joint, compartment, site."""

from calcimeter.ct.place.places import place_deposits

__all__ = ["place_deposits"]
