terraform import dvce_image.debian debian
