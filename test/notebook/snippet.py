import scenecast

scenecast.view("bunny.obj")
