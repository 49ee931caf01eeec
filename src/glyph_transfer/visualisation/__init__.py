"""What single networks have learned: kernels, preferred images, features before and after."""
