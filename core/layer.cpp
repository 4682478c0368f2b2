// Keeps a layer that has only headers a linkable library.
namespace prunella {
}
