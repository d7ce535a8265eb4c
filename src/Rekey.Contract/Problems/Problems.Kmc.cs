namespace Rekey.Contract.Problems;

/// <summary>Range 5: key-management centre.</summary>
public static partial class Problems
{
    /// <summary>The key-management centre makes no keys of this kind.</summary>
    /// <param name="kind">The kind that was ordered.</param>
    public static Problem KeyKindNotMade(string kind) => new(5001, NextStep.CallRa, 409, kind);

    /// <summary>An encryption key was handed out for this order already, to another signing key or another holder.</summary>
    public static Problem KeyOrderDiffers() => new(5002, NextStep.CallRa, 409);

    /// <summary>The same encryption key was wrapped to so many transport keys that it is not wrapped again.</summary>
    /// <param name="most">How many.</param>
    public static Problem HandOutsExhausted(int most) => new(5003, NextStep.CallRa, 409, Digits(most));

    /// <summary>The order is confirmed or has ended; its key is not handed out any more.</summary>
    public static Problem KeyOrderEnded() => new(5004, NextStep.StartAgain, 409);

    /// <summary>What the holder signed names no key that the encryption key may be wrapped to.</summary>
    /// <param name="why">In English.</param>
    public static Problem TransportKeyNotAllowed(string why) => new(5005, NextStep.CallRa, 409, why);

    /// <summary>A notice about an order that is not known here.</summary>
    public static Problem KeyOrderUnknown() => new(5006, NextStep.CallRa, 404);
}
