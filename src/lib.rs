//! helpline181: a state's 181 helpline.
