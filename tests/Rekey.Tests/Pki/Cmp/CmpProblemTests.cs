using Rekey.Contract.Problems;

namespace Rekey.Tests.Pki.Cmp;

public sealed class CmpProblemTests
{
    [Fact]
    public void A_status_text_names_the_problem_that_made_it()
    {
        var problem = Problems.AlreadyRenewed("5A01");

        var read = CmpProblem.Parse(CmpProblem.Text(problem));

        Assert.Equal((problem.Number, problem.Next), (read!.Number, read.Next));
        Assert.Equal(["5A01"], read.Arguments);
    }

    /// <summary>Found by <c>./dev fuzz --seed 7</c>: it was taken for a number, and was none.</summary>
    [Theory]
    [InlineData("RK-3\u07c210 Wait [] Too early")]
    [InlineData("RK-31 Wait [] Again")]
    [InlineData("something else")]
    public void Another_text_names_none(string text) => Assert.Null(CmpProblem.Parse(text));
}
