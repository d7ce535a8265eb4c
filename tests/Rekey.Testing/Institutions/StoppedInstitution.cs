using Rekey.Testing.Tokens;

namespace Rekey.Testing.Institutions;

/// <summary>An institution on disk that nobody serves yet: for tests that start <c>rekey</c> themselves. Its directory goes with it.</summary>
public sealed class StoppedInstitution : IDisposable
{
    private StoppedInstitution(Institution institution) => Institution = institution;

    public Institution Institution { get; }

    /// <summary>Directory with <c>rekey.yaml</c>.</summary>
    public string Directory => Institution.Directory;

    /// <summary>Makes one on free ports.</summary>
    /// <param name="change">Changes to the plan: tokens, suites, clock.</param>
    public static async Task<StoppedInstitution> CreateAsync(Func<InstitutionPlan, InstitutionPlan>? change = null)
    {
        var plan = RunningInstitution.NewPlan();
        return new(await Institution.CreateAsync(change?.Invoke(plan) ?? plan, SoftHsm.Host));
    }

    public void Dispose()
    {
        Institution.Tokens.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
