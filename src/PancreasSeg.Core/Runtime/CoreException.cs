namespace PancreasSeg;

/// <summary>
/// An expected failure, told so that the user can act on it: what happened, in which file or slice, and what to do.
/// Never carries patient names or other header text.
/// </summary>
public sealed class CoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="fault">The stable kind of failure.</param>
    /// <param name="message">What happened and where, in one or two sentences.</param>
    /// <param name="target">The path or object at fault.</param>
    /// <param name="remedy">What the user can do.</param>
    /// <param name="inner">The cause.</param>
    public CoreException(Fault fault, string message, object? target = null, string? remedy = null, Exception? inner = null)
        : base(message, inner) => (Fault, Target, Remedy) = (fault, target, remedy);

    /// <summary>The stable kind of failure; its name is the error id.</summary>
    public Fault Fault { get; }

    /// <summary>The path or object at fault.</summary>
    public object? Target { get; }

    /// <summary>What the user can do.</summary>
    public string? Remedy { get; }
}
