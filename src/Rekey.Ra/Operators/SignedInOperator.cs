using Rekey.Contract.Problems;

namespace Rekey.Ra.Operators;

/// <summary>The person who acts at the console, as read from the store for this request.</summary>
/// <param name="Id">Of the operator's row.</param>
/// <param name="StableId">The person: <see cref="Subscribers.Subscriber.StableId"/>, the same in each of her certificates.</param>
/// <param name="Name">Her name, for pages. Never for the audit log.</param>
/// <param name="Role">Her role.</param>
/// <param name="Duties">Her duties.</param>
/// <param name="Scope">Whom she serves.</param>
internal sealed record SignedInOperator(long Id, string StableId, string Name, OperatorRole Role, OperatorDuties Duties, OperatorScope Scope)
{
    /// <summary>The certificate of her login: what she signs, she signs with it.</summary>
    public byte[] CertificateSha256 { get; init; } = [];

    /// <summary>How audit entries and rows name her: by person, so that maker and checker can be compared.</summary>
    public string Actor => ActorOf(StableId);

    /// <summary>Whether she may.</summary>
    public bool May(Permission permission) => OperatorRules.May(Role, Duties, permission);

    /// <summary>Lets nobody on who may not.</summary>
    /// <exception cref="ProblemException">RK-3412.</exception>
    public void Require(Permission permission)
    {
        if (!May(permission))
        {
            throw new ProblemException(Problems.NoPermission());
        }
    }

    /// <summary>How audit entries name a person who is an operator.</summary>
    public static string ActorOf(string stableId) => $"operator:{stableId}";
}
